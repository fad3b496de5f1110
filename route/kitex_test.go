package route_test

import (
	"context"
	"testing"

	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/contracttest"
	"github.com/sim-im/sim/msgdef/rpc/kitex/kitextest"
	"github.com/sim-im/sim/route"
)

// TestContractKitex checks what callers in other processes rely on, with gates
// in other processes.
func TestContractKitex(t *testing.T) {
	contracttest.Route(t, func(t testing.TB) contracttest.RouteParts {
		s := newRoute(t, route.Options{Service: kitextest.Service(t, reader{})})
		r, n := kitextest.Route(t, s, s)
		queues := []interface{ Flush(context.Context) error }{n} // in the order of what passes through
		return contracttest.RouteParts{
			Route:    r,
			Notifier: n,
			Evictor:  n,
			Attach: func(id string, epoch uint64, g rpc.Gate) {
				far := kitextest.Gate(t, g)
				queues = append(queues, far)
				s.AttachGate(id, epoch, far)
			},
			Settle: func() { kitextest.Flush(t, queues...) },
		}
	})
}
