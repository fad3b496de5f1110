package dev

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/sim-im/sim/imservice"
	"github.com/sim-im/sim/imservice/store/pebble"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/contracttest"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
	"github.com/sim-im/sim/route"
	"github.com/sim-im/sim/tools/ops"
)

// TestServiceContract checks the message service on its real store, called
// directly, through bytes, and through a route as gates do. The route stands in
// the way of the notices each time, so that these go through bytes as well.
func TestServiceContract(t *testing.T) {
	for name, view := range map[string]func(*imservice.Server, *route.Server) rpc.Service{
		"direct":           func(s *imservice.Server, _ *route.Server) rpc.Service { return s },
		"loopback":         func(s *imservice.Server, _ *route.Server) rpc.Service { return loopback.Service(s) },
		"route":            func(_ *imservice.Server, r *route.Server) rpc.Service { return r },
		"route, loopbacks": func(_ *imservice.Server, r *route.Server) rpc.Service { return loopback.Route(r) },
	} {
		t.Run(name, func(t *testing.T) {
			contracttest.Service(t, func(t testing.TB) rpc.Service {
				return view(openService(t))
			})
		})
	}
}

// openService starts a message service with a store of its own, and a route
// without gates above it. They speak through bytes with one another.
func openService(t testing.TB) (*imservice.Server, *route.Server) {
	t.Helper()
	store, err := pebble.Open(pebble.Options{Dir: t.TempDir(), MemTableSize: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	files, err := ops.OpenMedia(ops.MediaOptions{Listen: "127.0.0.1:0", Dir: t.TempDir(), Most: 1 << 20}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	service, err := imservice.New(imservice.Options{
		Store:            store,
		OpenRegistration: true,
		Media:            ops.MediaSigner(files),
		Password:         imservice.PasswordCost{MemoryKiB: 64, Iterations: 1, Parallelism: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	above, err := route.New(route.Options{Service: loopback.Service(service)})
	if err != nil {
		t.Fatal(err)
	}
	service.Start(loopback.Notifier(above))
	t.Cleanup(func() {
		if err := service.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if err := errors.Join(store.Close(), files.Close(context.Background())); err != nil {
			t.Error(err)
		}
	})
	return service, above
}
