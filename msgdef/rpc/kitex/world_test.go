package kitex

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/tools/freeport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// within ends a check that would hang; none that passes comes near it.
func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// serve runs a server on the loopback interface until the test is over.
func serve(t testing.TB, o ServerOptions, offers ...Offer) *Server {
	t.Helper()
	if o.Listener == nil {
		o.Listener = listen(t, "127.0.0.1:0")
	}
	s, err := NewServer(o, offers...)
	if err != nil {
		t.Fatal(err)
	}
	return run(t, s)
}

// run has a server serve until the test is over.
func run(t testing.TB, s *Server) *Server {
	t.Helper()
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := s.Serve(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		if err := s.Shutdown(within(t)); err != nil {
			t.Error(err)
		}
		wg.Wait()
	})
	return s
}

// listen opens a port, which for "127.0.0.1:0" is one that no client gets, so that
// a server can come back to it.
func listen(t testing.TB, addr string) net.Listener {
	t.Helper()
	if addr == "127.0.0.1:0" {
		var err error
		if addr, err = freeport.Addr(); err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// addr is where a server listens.
func (s *Server) addr() string { return s.listener.Addr().String() }

// dialService calls servers until the test is over.
func dialService(t testing.TB, o ClientOptions, servers ...*Server) *Service {
	t.Helper()
	if o.Endpoints == nil {
		var addrs []string
		for _, s := range servers {
			addrs = append(addrs, s.addr())
		}
		o.Endpoints = Static(addrs...)
	}
	c, err := DialService(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// fake is a message service whose methods each test chooses.
type fake struct {
	rpc.Service
	lookup func(context.Context, *rpc.LookupRequest) (*rpc.LookupReply, error)
	send   func(context.Context, *rpc.Sends, rpc.SendSink) error
}

// Lookup implements rpc.Accounts.
func (f *fake) Lookup(ctx context.Context, in *rpc.LookupRequest) (*rpc.LookupReply, error) {
	return f.lookup(ctx, in)
}

// Send implements rpc.Messages.
func (f *fake) Send(ctx context.Context, in *rpc.Sends, to rpc.SendSink) error {
	return f.send(ctx, in, to)
}
