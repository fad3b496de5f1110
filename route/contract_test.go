package route_test

import (
	"context"
	"testing"

	"go.uber.org/goleak"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/contracttest"
	"github.com/sim-im/sim/msgdef/rpc/kitex/kitextest"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
	"github.com/sim-im/sim/route"
	"github.com/sim-im/sim/route/registry/memory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestContract(t *testing.T) {
	t.Run("direct", func(t *testing.T) {
		contracttest.Route(t, func(t testing.TB) contracttest.RouteParts {
			s := newRoute(t, route.Options{})
			return contracttest.RouteParts{Route: s, Notifier: s, Evictor: s, Attach: s.AttachGate}
		})
	})
	t.Run("loopback", func(t *testing.T) {
		contracttest.Route(t, func(t testing.TB) contracttest.RouteParts {
			s := newRoute(t, route.Options{Service: loopback.Service(reader{})})
			return contracttest.RouteParts{
				Route:    loopback.Route(s),
				Notifier: loopback.Notifier(s),
				Evictor:  loopback.Evictor(s),
				Attach: func(id string, epoch uint64, g rpc.Gate) {
					s.AttachGate(id, epoch, loopback.Gate(g))
				},
			}
		})
	})
}

// TestTickets checks what gates rely on.
func TestTickets(t *testing.T) {
	for name, view := range map[string]func(testing.TB, *route.Server) rpc.Tickets{
		"direct":   func(_ testing.TB, s *route.Server) rpc.Tickets { return s },
		"loopback": func(_ testing.TB, s *route.Server) rpc.Tickets { return loopback.Route(s) },
		"kitex": func(t testing.TB, s *route.Server) rpc.Tickets {
			r, _ := kitextest.Route(t, s, s)
			return r
		},
	} {
		t.Run(name, func(t *testing.T) {
			contracttest.Tickets(t, func(t testing.TB) rpc.Tickets {
				return view(t, newRoute(t, route.Options{Tickets: memory.New().Tickets("here")}))
			})
		})
	}
	none := newRoute(t, route.Options{})
	if err := none.KeepTickets(t.Context(), new(rpc.TicketBatch)); rpc.CodeOf(err) != msgdef.CodeUnavailable {
		t.Errorf("a route that keeps none: %v", err)
	}
	if _, err := none.TakeTicket(t.Context(), new(rpc.TicketTake)); rpc.CodeOf(err) != msgdef.CodeUnavailable {
		t.Errorf("a route that has none: %v", err)
	}
}

// newRoute returns a route, over a far end that takes every read position.
func newRoute(t testing.TB, options route.Options) *route.Server {
	t.Helper()
	if options.Service == nil {
		options.Service = reader{}
	}
	s, err := route.New(options)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// reader is the far end of a route as far as its own part needs one: a service
// that accepts read positions. Anything else would be a nil call.
type reader struct {
	rpc.Service
}

// Read implements rpc.Messages.
func (reader) Read(_ context.Context, batch *rpc.Reads) (*rpc.ReadResults, error) {
	results := &rpc.ReadResults{Items: make([]rpc.ReadResult, len(batch.Items))}
	for i, r := range batch.Items {
		results.Items[i].CSeq = r.CSeq
		if _, ok := msgdef.Peer(r.Conv, r.UID); !ok {
			results.Items[i].Code = msgdef.CodeForbidden
		}
	}
	return results, nil
}
