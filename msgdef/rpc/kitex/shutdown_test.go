package kitex

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// TestShutdown lets calls under way end and refuses others.
func TestShutdown(t *testing.T) {
	began, end := make(chan struct{}), make(chan struct{})
	f := &fake{lookup: func(ctx context.Context, _ *rpc.LookupRequest) (*rpc.LookupReply, error) {
		close(began)
		<-end
		return new(rpc.LookupReply), ctx.Err()
	}}
	s := serve(t, ServerOptions{}, OfferService(f, nil, nil))
	c := dialService(t, ClientOptions{}, s)
	result := make(chan error, 1)
	go func() {
		_, err := c.Lookup(within(t), lookup())
		result <- err
	}()
	<-began
	down := make(chan error, 1)
	go func() { down <- s.Shutdown(within(t)) }()
	for !s.closing.Load() {
		time.Sleep(time.Millisecond)
	}
	other := dialService(t, ClientOptions{}, s)
	if _, err := other.Lookup(within(t), lookup()); err == nil {
		t.Error("a call was taken")
	}
	select {
	case err := <-down:
		t.Errorf("shutdown did not wait: %v", err)
	default:
	}
	close(end)
	if err := <-result; err != nil {
		t.Errorf("the call under way: %v", err)
	}
	if err := <-down; err != nil {
		t.Errorf("shutdown: %v", err)
	}
}

// TestShutdownLate ends calls that do not end by themselves.
func TestShutdownLate(t *testing.T) {
	began := make(chan struct{})
	f := &fake{lookup: func(ctx context.Context, _ *rpc.LookupRequest) (*rpc.LookupReply, error) {
		close(began)
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	s := serve(t, ServerOptions{}, OfferService(f, nil, nil))
	c := dialService(t, ClientOptions{}, s)
	result := make(chan error, 1)
	go func() {
		_, err := c.Lookup(within(t), lookup())
		result <- err
	}()
	<-began
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if err := <-result; err == nil {
		t.Error("the call succeeded")
	}
}

// TestServeMisused misuses a server.
func TestServeMisused(t *testing.T) {
	offer := OfferService(answering(nil, nil), nil, nil)
	for what, make := range map[string]func() (*Server, error){
		"no listener": func() (*Server, error) { return NewServer(ServerOptions{}, offer) },
		"no offer":    func() (*Server, error) { return NewServer(ServerOptions{Listener: listen(t, "127.0.0.1:0")}) },
		"two alike": func() (*Server, error) {
			return NewServer(ServerOptions{Listener: listen(t, "127.0.0.1:0")}, offer, offer)
		},
	} {
		if _, err := make(); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	s, err := NewServer(ServerOptions{Listener: listen(t, "127.0.0.1:0")}, offer)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Shutdown(within(t)); err != nil {
		t.Errorf("shutdown before serving: %v", err)
	}
	if err := s.Serve(); err != nil {
		t.Errorf("serving after shutdown: %v", err)
	}
	if err := s.Serve(); err == nil {
		t.Error("serving twice")
	}
	if _, err := DialService(ClientOptions{}); err == nil {
		t.Error("no endpoints, no error")
	}
}

// TestTwoOffers serves two services at one address.
func TestTwoOffers(t *testing.T) {
	s := serve(t, ServerOptions{}, OfferRoute(nil, nil, image{}, nil, nil), OfferService(answering(nil, rpc.Errorf(msgdef.CodeForbidden, "")), nil, nil))
	r, err := DialRoster(ClientOptions{}, Endpoint{Addr: s.addr()})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if reply, err := r.Update(within(t), &rpc.RosterUpdate{Seq: 8}); err != nil || reply.Want != 9 {
		t.Errorf("%+v, %v", reply, err)
	}
	if _, err := dialService(t, ClientOptions{}, s).Lookup(within(t), lookup()); rpc.CodeOf(err) != msgdef.CodeForbidden {
		t.Error(err)
	}
}

// TestCutShort tells a caller that the server's end cut its call short, which is
// a reason to repeat it elsewhere; a timeout would not be.
func TestCutShort(t *testing.T) {
	s, err := NewServer(ServerOptions{Listener: listen(t, "127.0.0.1:0")}, OfferRoute(nil, nil, image{}, nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	cut := func(ctx context.Context, _ []byte) ([]byte, error) {
		if err := s.Shutdown(within(t)); err != nil {
			t.Error(err)
		}
		<-ctx.Done()
		return nil, rpc.Errorf(msgdef.CodeTimeout, "%v", ctx.Err())
	}
	_, err = s.answer(callMeta{version: rpc.Version}, routeService(), "cut", cut, nil)
	if rpc.CodeOf(err) != msgdef.CodeShuttingDown {
		t.Errorf("%v", err)
	}
}
