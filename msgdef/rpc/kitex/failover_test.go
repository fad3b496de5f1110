package kitex

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// kill ends a server at once, with calls under way. The test's own end finds it
// ended.
func (s *Server) kill() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = s.Shutdown(ctx)
}

// changing is a set of endpoints that a test changes.
type changing struct {
	mu  sync.Mutex
	now []Endpoint
}

// Endpoints implements Endpoints.
func (c *changing) Endpoints() []Endpoint {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// set changes the endpoints.
func (c *changing) set(servers ...*Server) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = nil
	for i, s := range servers {
		c.now = append(c.now, Endpoint{ID: fmt.Sprint("m", i), Addr: s.addr()})
	}
}

// TestFailover kills servers, preferred ones first, while calls are made all the
// time: none fails as long as one is left.
func TestFailover(t *testing.T) {
	var servers []*Server
	var served [3]atomic.Int64
	var gate changing
	for i := range served {
		f := &fake{lookup: func(context.Context, *rpc.LookupRequest) (*rpc.LookupReply, error) {
			served[i].Add(1)
			return new(rpc.LookupReply), nil
		}}
		servers = append(servers, serve(t, ServerOptions{}, OfferService(f, nil, nil)))
	}
	gate.set(servers...)
	c := dialService(t, ClientOptions{Self: "r1", Endpoints: &gate}, servers...)
	order := c.balance.order()

	var calls, wg = atomic.Int64{}, sync.WaitGroup{}
	stop := make(chan struct{})
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := c.Lookup(within(t), lookup()); err != nil {
					t.Error(err)
					return
				}
				calls.Add(1)
			}
		})
	}
	await := func(n int64) {
		for from := calls.Load(); calls.Load() < from+n && !t.Failed(); {
			time.Sleep(time.Millisecond)
		}
	}
	for _, e := range order[:2] {
		await(200)
		i := slices.IndexFunc(servers, func(s *Server) bool { return s.addr() == e.Addr })
		if served[i].Load() == 0 {
			t.Errorf("%v comes first and has served nobody", e)
		}
		servers[i].kill()
	}
	await(200)
	close(stop)
	wg.Wait()
}

// hang makes a server hang as a process that is stopped does: it takes calls
// and does not answer before the test ends.
func hang(t *testing.T) *fake {
	f := new(fake)
	f.lookup = func(context.Context, *rpc.LookupRequest) (*rpc.LookupReply, error) {
		<-t.Context().Done()
		return new(rpc.LookupReply), nil
	}
	f.send = func(context.Context, *rpc.Sends, rpc.SendSink) error {
		<-t.Context().Done()
		return nil
	}
	return f
}

// TestSilence asks another server when one does not answer, and stays away from
// the silent one.
func TestSilence(t *testing.T) {
	silent := serve(t, ServerOptions{}, OfferService(hang(t), nil, nil))
	there := serve(t, ServerOptions{}, OfferService(answering(new(rpc.LookupReply), nil), nil, nil))
	var gate changing
	gate.set(silent, there)
	c := dialService(t, ClientOptions{Self: preferring(t, &gate, silent), Endpoints: &gate})
	ctx := within(t)
	for range 3 {
		if _, err := c.Lookup(ctx, lookup()); err != nil {
			t.Fatal(err)
		}
	}
	if down, _ := c.balance.down(); len(down) != 1 || down[0].endpoint.Addr != silent.addr() {
		t.Errorf("in trouble: %v", down)
	}
}

// preferring returns the name of a caller whose first choice is a server.
func preferring(t *testing.T, endpoints Endpoints, s *Server) string {
	t.Helper()
	for i := range 1000 {
		name := fmt.Sprint("caller", i)
		b, _ := newBalance(name, endpoints)
		if e, _ := b.pick(nil); e.Addr == s.addr() {
			return name
		}
	}
	t.Fatal("nobody prefers the server")
	return ""
}

// TestNobody names those that do not answer.
func TestNobody(t *testing.T) {
	var gate changing
	c := dialService(t, ClientOptions{Endpoints: &gate})
	_, err := c.Lookup(within(t), lookup())
	if rpc.CodeOf(err) != msgdef.CodeUnavailable || !strings.Contains(err.Error(), "no message service is known") {
		t.Errorf("without endpoints: %v", err)
	}
	if err := c.Health(); err == nil {
		t.Error("healthy without endpoints")
	}

	s := serve(t, ServerOptions{}, OfferService(answering(new(rpc.LookupReply), nil), nil, nil))
	gate.set(s)
	if err := c.Health(); err != nil {
		t.Errorf("nothing is known against the endpoint, but %v", err)
	}
	if _, err := c.Lookup(within(t), lookup()); err != nil {
		t.Error(err)
	}
	s.kill()
	_, err = c.Lookup(within(t), lookup())
	if rpc.CodeOf(err) != msgdef.CodeUnavailable || !strings.Contains(err.Error(), "message service m0 at "+s.addr()) {
		t.Errorf("with a dead endpoint: %v", err)
	}
	if err := c.Health(); err == nil || !strings.Contains(err.Error(), s.addr()) {
		t.Errorf("health: %v", err)
	}
}

// TestRestart finds a server that starts again at the same address behind
// connections that are dead by then, and health follows.
func TestRestart(t *testing.T) {
	offer := OfferService(answering(new(rpc.LookupReply), nil), nil, nil)
	first := serve(t, ServerOptions{}, offer)
	c := dialService(t, ClientOptions{}, first)
	var wg sync.WaitGroup
	for range 8 { // several connections
		wg.Go(func() {
			if _, err := c.Lookup(within(t), lookup()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	first.kill()
	second := serve(t, ServerOptions{Listener: listen(t, first.addr())}, offer)
	if _, err := c.Lookup(within(t), lookup()); err != nil {
		t.Errorf("after a restart: %v", err)
	}

	second.kill()
	if _, err := c.Lookup(within(t), lookup()); err == nil || c.Health() == nil {
		t.Error("a dead server answers")
	}
	serve(t, ServerOptions{Listener: listen(t, first.addr())}, offer)
	if err := c.Health(); err != nil {
		t.Errorf("after another restart: %v", err)
	}
}

// TestShuttingDownElsewhere goes to another endpoint when one says that it is
// shutting down.
func TestShuttingDownElsewhere(t *testing.T) {
	leaving := serve(t, ServerOptions{}, OfferService(answering(nil, rpc.Errorf(msgdef.CodeShuttingDown, "bye")), nil, nil))
	c := dialService(t, ClientOptions{}, leaving)
	if _, err := c.Lookup(within(t), lookup()); rpc.CodeOf(err) != msgdef.CodeShuttingDown {
		t.Errorf("the only endpoint: %v", err)
	}
	staying := serve(t, ServerOptions{}, OfferService(answering(new(rpc.LookupReply), nil), nil, nil))
	for i := range 10 {
		both := dialService(t, ClientOptions{Self: fmt.Sprint("r", i)}, leaving, staying)
		if _, err := both.Lookup(within(t), lookup()); err != nil {
			t.Error(err)
		}
	}
}

// TestClosed refuses calls of a caller that was closed, and ends those under
// way.
func TestClosed(t *testing.T) {
	began := make(chan struct{})
	f := &fake{lookup: func(ctx context.Context, _ *rpc.LookupRequest) (*rpc.LookupReply, error) {
		close(began)
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	s := serve(t, ServerOptions{}, OfferService(f, nil, nil))
	c := dialService(t, ClientOptions{}, s)
	go func() {
		<-began
		c.Close()
	}()
	for range 2 {
		if _, err := c.Lookup(within(t), lookup()); rpc.CodeOf(err) != msgdef.CodeShuttingDown {
			t.Errorf("%v", err)
		}
	}
	s.kill()
}
