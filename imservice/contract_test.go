package imservice

import (
	"context"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/sim-im/sim/imservice/store/pebble"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/contracttest"
	"github.com/sim-im/sim/msgdef/rpc/kitex/kitextest"
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

// TestLeases checks what routes rely on.
func TestLeases(t *testing.T) {
	for name, view := range map[string]func(testing.TB, *Server) rpc.Leases{
		"direct":   func(_ testing.TB, s *Server) rpc.Leases { return s },
		"loopback": func(_ testing.TB, s *Server) rpc.Leases { return loopback.Leases(s) },
		"kitex":    func(t testing.TB, s *Server) rpc.Leases { return kitextest.Service(t, s) },
	} {
		t.Run(name, func(t *testing.T) {
			contracttest.Leases(t, func(t testing.TB) contracttest.LeasesParts {
				clock := newClock()
				s := contractServer(t, func(o *Options) { o.Now = clock.now })
				return contracttest.LeasesParts{Leases: view(t, s), Length: s.options.Limits.Lease, Pass: clock.add}
			})
		})
	}
}

// TestOutbox checks what push services rely on.
func TestOutbox(t *testing.T) {
	type both interface {
		rpc.Service
		rpc.Outbox
	}
	for name, view := range map[string]func(testing.TB, *Server) both{
		"direct": func(_ testing.TB, s *Server) both { return s },
		"loopback": func(_ testing.TB, s *Server) both {
			return struct {
				rpc.Service
				rpc.Outbox
			}{loopback.Service(s), loopback.Outbox(s)}
		},
		"kitex": func(t testing.TB, s *Server) both { return kitextest.Service(t, s) },
	} {
		t.Run(name, func(t *testing.T) {
			contracttest.Outbox(t, func(t testing.TB) contracttest.OutboxParts {
				clock := newClock()
				s := view(t, contractServer(t, func(o *Options) { o.Now = clock.now }))
				return contracttest.OutboxParts{Service: s, Outbox: s, Pass: clock.add}
			})
		})
	}
}

func contractServer(t testing.TB, change ...func(*Options)) *Server {
	s, err := pebble.Open(pebble.Options{Dir: "data", FS: vfs.NewMem()})
	if err != nil {
		t.Fatal(err)
	}
	options := Options{Store: s, Password: cheap, OpenRegistration: true, Media: signer()}
	for _, f := range change {
		f(&options)
	}
	server, err := New(options)
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
