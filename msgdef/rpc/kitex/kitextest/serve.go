package kitextest

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/kitex"
)

// patience ends what would hang; nothing that works comes near it.
const patience = 30 * time.Second

// Serve offers implementations until the test is over, and returns where.
func Serve(t testing.TB, offers ...kitex.Offer) kitex.Endpoint {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, err := kitex.NewServer(kitex.ServerOptions{Listener: l}, offers...)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	t.Cleanup(func() {
		if err := s.Shutdown(within(t)); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return kitex.Endpoint{Addr: l.Addr().String(), RPC: rpc.Version}
}

// within returns a context for what must end.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	t.Cleanup(cancel)
	return ctx
}

// options names a caller of one endpoint.
func options(e kitex.Endpoint) kitex.ClientOptions {
	return kitex.ClientOptions{Self: "test", Endpoints: kitex.Static(e.Addr), Timeout: patience}
}

// Service returns a message service that reaches impl over TCP.
func Service(t testing.TB, impl rpc.Service) *kitex.Service {
	t.Helper()
	c, err := kitex.DialService(options(Serve(t, kitex.OfferService(impl, leases(impl), outbox(impl)))))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// leases returns the part of impl that hands out leases, if there is one.
func leases(impl rpc.Service) rpc.Leases {
	l, _ := impl.(rpc.Leases)
	return l
}

// outbox returns the part of impl that is an outbox, if there is one.
func outbox(impl rpc.Service) rpc.Outbox {
	b, _ := impl.(rpc.Outbox)
	return b
}

// Route returns a route and a notifier that reach implementations over TCP. The
// notifier evicts where n does.
func Route(t testing.TB, r rpc.Route, n rpc.Notifier) (*kitex.Route, *kitex.Notifier) {
	t.Helper()
	evictor, _ := n.(rpc.Evictor)
	e := Serve(t, kitex.OfferRoute(r, n, nil, nil, evictor))
	route, err := kitex.DialRoute(options(e))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(route.Close)
	notifier, err := kitex.DialNotifier(options(e))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(notifier.Close)
	return route, notifier
}

// Roster returns an image that reaches impl over TCP.
func Roster(t testing.TB, impl rpc.Roster) *kitex.Roster {
	t.Helper()
	e := Serve(t, kitex.OfferRoute(nil, nil, impl, nil, nil))
	c, err := kitex.DialRoster(options(e), e)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// Application returns an instance of a business service that reaches impl over
// TCP.
func Application(t testing.TB, impl rpc.Application) *kitex.Application {
	t.Helper()
	e := Serve(t, kitex.OfferApplication(impl))
	c, err := kitex.DialApplication(options(e), e)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// Applications returns what a route offers to business services, over TCP.
func Applications(t testing.TB, impl rpc.Applications) *kitex.Applications {
	t.Helper()
	e := Serve(t, kitex.OfferRoute(nil, nil, nil, impl, nil))
	c, err := kitex.DialApplications(options(e), e)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// Gate returns a gate that reaches impl over TCP.
func Gate(t testing.TB, impl rpc.Gate) *kitex.Gate {
	t.Helper()
	e := Serve(t, kitex.OfferGate(impl))
	c, err := kitex.DialGate(options(e), e)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// Flush waits until callers with queues have emptied them.
func Flush(t testing.TB, queues ...interface{ Flush(context.Context) error }) {
	t.Helper()
	for _, q := range queues {
		if err := q.Flush(within(t)); err != nil {
			t.Errorf("flush: %v", err)
		}
	}
}

// Moderation returns what operators do to accounts, reaching impl over TCP.
func Moderation(t testing.TB, impl rpc.Moderation) *kitex.Moderation {
	t.Helper()
	c, err := kitex.DialModeration(options(Serve(t, kitex.OfferModeration(impl))))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}
