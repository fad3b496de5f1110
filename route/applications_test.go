package route_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/contracttest"
	"github.com/sim-im/sim/msgdef/rpc/kitex"
	"github.com/sim-im/sim/msgdef/rpc/kitex/kitextest"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
	"github.com/sim-im/sim/route"
)

// book is where instances of this process are found.
type book struct {
	mu    sync.Mutex
	impls map[string]rpc.Application
}

// offer makes an instance reachable.
func (b *book) offer(impl rpc.Application) (addr string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.impls == nil {
		b.impls = make(map[string]rpc.Application)
	}
	addr = fmt.Sprintf("127.0.0.1:%d", len(b.impls)+1)
	b.impls[addr] = impl
	return addr
}

// dial implements route.Options.Dial.
func (b *book) dial(c rpc.Claim) (rpc.Application, func(), error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.impls[c.Addr], func() {}, nil
}

func TestApplications(t *testing.T) {
	t.Run("direct", func(t *testing.T) {
		contracttest.Applications(t, func(t testing.TB) contracttest.ApplicationsParts {
			var b book
			s := newRoute(t, route.Options{Dial: b.dial})
			return contracttest.ApplicationsParts{
				RouteParts:   contracttest.RouteParts{Route: s, Notifier: s, Attach: s.AttachGate},
				Applications: s, Offer: b.offer,
			}
		})
	})
	t.Run("loopback", func(t *testing.T) {
		contracttest.Applications(t, func(t testing.TB) contracttest.ApplicationsParts {
			var b book
			s := newRoute(t, route.Options{Dial: b.dial})
			return contracttest.ApplicationsParts{
				RouteParts: contracttest.RouteParts{
					Route:  loopback.Route(s),
					Attach: func(id string, epoch uint64, g rpc.Gate) { s.AttachGate(id, epoch, loopback.Gate(g)) },
				},
				Applications: loopback.Applications(s),
				Offer:        func(impl rpc.Application) string { return b.offer(loopback.Application(impl)) },
			}
		})
	})
	t.Run("kitex", func(t *testing.T) {
		contracttest.Applications(t, applicationsOverKitex)
	})
}

// applicationsOverKitex has gates, route and services in processes of their own.
func applicationsOverKitex(t testing.TB) contracttest.ApplicationsParts {
	s := newRoute(t, route.Options{Dial: kitex.DialClaims(kitex.ClientOptions{Self: "route"})})
	t.Cleanup(s.Close)
	far, _ := kitextest.Route(t, s, s)
	var queues []interface{ Flush(context.Context) error }
	return contracttest.ApplicationsParts{
		RouteParts: contracttest.RouteParts{
			Route: far,
			Attach: func(id string, epoch uint64, g rpc.Gate) {
				gate := kitextest.Gate(t, g)
				queues = append(queues, gate)
				s.AttachGate(id, epoch, gate)
			},
			Settle: func() { kitextest.Flush(t, queues...) },
		},
		Applications: kitextest.Applications(t, s),
		Offer:        func(impl rpc.Application) string { return kitextest.Serve(t, kitex.OfferApplication(impl)).Addr },
	}
}
