package imservice

import (
	"context"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/sim-im/sim/imservice/store/pebble"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/contracttest"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

func TestContract(t *testing.T) {
	t.Run("direct", func(t *testing.T) {
		contracttest.Service(t, func(t testing.TB) rpc.Service { return contractServer(t) })
	})
	t.Run("loopback", func(t *testing.T) {
		contracttest.Service(t, func(t testing.TB) rpc.Service { return loopback.Service(contractServer(t)) })
	})
}

func contractServer(t testing.TB) *Server {
	s, err := pebble.Open(pebble.Options{Dir: "data", FS: vfs.NewMem()})
	if err != nil {
		t.Fatal(err)
	}
	server, err := New(Options{Store: s, Password: cheap, OpenRegistration: true})
	if err != nil {
		t.Fatal(err)
	}
	server.Start(nil)
	t.Cleanup(func() {
		if err := server.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}
