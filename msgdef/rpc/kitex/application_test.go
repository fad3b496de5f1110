package kitex

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// handling is a business service, and how a test has it answer.
type handling func(context.Context, *rpc.AppFrames) (*rpc.AppReplies, error)

// Handle implements rpc.Application.
func (f handling) Handle(ctx context.Context, in *rpc.AppFrames) (*rpc.AppReplies, error) {
	return f(ctx, in)
}

// dialApplication calls a business service until the test is over.
func dialApplication(t testing.TB, addr string) *Application {
	t.Helper()
	a, err := DialApplication(ClientOptions{}, Endpoint{Addr: addr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

// wantUndone checks an error and whether it says that nothing was done.
func wantUndone(t testing.TB, what string, err error, code msgdef.ErrorCode, undone bool) {
	t.Helper()
	e, ok := err.(*rpc.Error)
	if !ok || e.Code != code || e.Undone != undone {
		t.Errorf("%s: %#v, want %v, undone %v", what, err, code, undone)
	}
}

// TestHandleRests calls a service that was started again since the last call,
// at the same address: the connection that rested is not used.
func TestHandleRests(t *testing.T) {
	var calls atomic.Int64
	f := handling(func(context.Context, *rpc.AppFrames) (*rpc.AppReplies, error) {
		calls.Add(1)
		return new(rpc.AppReplies), nil
	})
	first, err := NewServer(ServerOptions{Listener: listen(t, "127.0.0.1:0")}, OfferApplication(f))
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- first.Serve() }()
	a := dialApplication(t, first.addr())
	for range 3 {
		if _, err := a.Handle(within(t), new(rpc.AppFrames)); err != nil {
			t.Fatal(err)
		}
	}
	if err := first.Shutdown(within(t)); err != nil {
		t.Fatal(err)
	}
	<-served
	_, err = a.Handle(within(t), new(rpc.AppFrames))
	wantUndone(t, "while nobody listens", err, msgdef.CodeUnavailable, true)
	serve(t, ServerOptions{Listener: listen(t, first.addr())}, OfferApplication(f))
	if _, err := a.Handle(within(t), new(rpc.AppFrames)); err != nil {
		t.Errorf("after the restart: %v", err)
	}
	if n := calls.Load(); n != 4 {
		t.Errorf("%d calls", n)
	}
}

// TestHandleOnce does not repeat what may have arrived: on a fresh connection
// that is cut after the call, and on one that was used before.
func TestHandleOnce(t *testing.T) {
	l := listen(t, "127.0.0.1:0")
	var calls atomic.Int64
	cut := make(chan net.Conn, 8)
	s := serve(t, ServerOptions{Listener: &tapped{l, cut}}, OfferApplication(handling(func(context.Context, *rpc.AppFrames) (*rpc.AppReplies, error) {
		if calls.Add(1)%2 == 0 {
			(<-cut).Close()
		}
		return new(rpc.AppReplies), nil
	})))
	a := dialApplication(t, s.addr())
	if _, err := a.Handle(within(t), new(rpc.AppFrames)); err != nil {
		t.Fatal(err)
	}
	_, err := a.Handle(within(t), new(rpc.AppFrames))
	wantUndone(t, "cut", err, msgdef.CodeUnavailable, false)
	if n := calls.Load(); n != 2 {
		t.Errorf("%d calls: the one that was cut was repeated", n)
	}
}

// tapped hands out the connections that it accepts.
type tapped struct {
	net.Listener
	conns chan net.Conn
}

// Accept implements net.Listener.
func (l *tapped) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.conns <- c
	}
	return c, err
}

// TestForwardOnce asks another route only when the first did nothing for
// certain.
func TestForwardOnce(t *testing.T) {
	hang := handlingRoute{forward: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }}
	var calls atomic.Int64
	works := handlingRoute{forward: func(context.Context) error { calls.Add(1); return nil }}
	addr := func(r rpc.Route) string { return serve(t, ServerOptions{}, OfferRoute(r, nil, nil, nil, nil)).addr() }
	closed := listen(t, "127.0.0.1:0")
	_ = closed.Close()
	for _, test := range []struct {
		what, addr string
		code       msgdef.ErrorCode
	}{
		{"nobody listens", closed.Addr().String(), msgdef.CodeOK},
		{"it hangs", addr(hang), msgdef.CodeTimeout},
	} {
		// the order of endpoints is the caller's: choose one who asks this first
		e := Static(test.addr, addr(works))
		self := "a"
		for weigh(self, e.Endpoints()[0]) < weigh(self, e.Endpoints()[1]) {
			self += "a"
		}
		r, err := DialRoute(ClientOptions{Self: self, Endpoints: e, Timeout: 1500 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		calls.Store(0)
		_, err = r.Forward(within(t), new(rpc.AppFrames))
		if rpc.CodeOf(err) != test.code {
			t.Errorf("%s: %v, want %v", test.what, err, test.code)
		}
		if got := calls.Load() == 1; got != (test.code == msgdef.CodeOK) {
			t.Errorf("%s: the other one was asked: %v", test.what, got)
		}
		r.Close()
	}
}

// handlingRoute is a route that forwards as a test says.
type handlingRoute struct {
	rpc.Route
	forward func(context.Context) error
}

// Forward implements rpc.Forwarder.
func (r handlingRoute) Forward(ctx context.Context, _ *rpc.AppFrames) (*rpc.AppReplies, error) {
	return new(rpc.AppReplies), r.forward(ctx)
}

// TestApplicationVersions refuses services and routes of another version of the
// contracts, before anything is done.
func TestApplicationVersions(t *testing.T) {
	never := handling(func(context.Context, *rpc.AppFrames) (*rpc.AppReplies, error) {
		t.Error("called")
		return nil, nil
	})
	s := serve(t, ServerOptions{version: rpc.Version + 1}, OfferApplication(never), OfferRoute(nil, nil, nil, claimer{}, nil))
	_, err := dialApplication(t, s.addr()).Handle(within(t), new(rpc.AppFrames))
	wantUndone(t, "a newer service", err, msgdef.CodeVersion, true)
	a, err := DialApplications(ClientOptions{Self: "hotel"}, Endpoint{Addr: s.addr()})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	_, err = a.Claim(within(t), new(rpc.Claim))
	wantUndone(t, "a newer route", err, msgdef.CodeVersion, true)
}

// claimer is a route that is not asked.
type claimer struct{ rpc.Applications }

// TestUndoneCrosses carries over that nothing was done.
func TestUndoneCrosses(t *testing.T) {
	for _, undone := range []bool{false, true} {
		want := &rpc.Error{Code: msgdef.CodeUnavailable, Detail: "not all sessions", Undone: undone, Retry: 7}
		s := serve(t, ServerOptions{}, OfferApplication(handling(func(context.Context, *rpc.AppFrames) (*rpc.AppReplies, error) { return nil, want })))
		_, err := dialApplication(t, s.addr()).Handle(within(t), new(rpc.AppFrames))
		if e, ok := err.(*rpc.Error); !ok || *e != *want {
			t.Errorf("%#v became %#v", want, err)
		}
	}
}
