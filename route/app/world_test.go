package app_test

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/kitex"
	"github.com/sim-im/sim/route/app"
	"github.com/sim-im/sim/tools/freeport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come. It never decides how
// something comes out, only that it does.
const patience = 30 * time.Second

// within ends a check that would hang.
func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	t.Cleanup(cancel)
	return ctx
}

// await waits until something holds.
func await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("still waiting for " + what)
		}
	}
}

// options are those of a service that claims 0x8000 to 0x80ff.
func options(routes ...string) app.Options {
	return app.Options{
		Service: "kinds", First: 0x8000, Last: 0x80ff, Routes: routes,
		Renew: 10 * time.Millisecond, Logger: slog.New(slog.DiscardHandler),
	}
}

// start runs a service until the test is over.
func start(t testing.TB, o app.Options, h app.Handler) *app.Service {
	t.Helper()
	s, err := app.Start(o, h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(within(t)); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// nothing is a handler.
func nothing(*app.Call) error { return nil }

// desk is a route as services see it, behind a real server.
type desk struct {
	t      testing.TB
	addr   string
	region string
	server *kitex.Server
	served chan error

	mu      sync.Mutex
	claims  []rpc.Claim
	notices []rpc.AppNotices
	refusal error                       // of claims
	tell    func(*rpc.AppNotices) error // nil takes all
	claimed bool                        // since it was opened
}

// openDesk opens a route, at an address that no client gets while it is closed.
func openDesk(t testing.TB, region string) *desk {
	t.Helper()
	addr, err := freeport.Addr()
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, addr: addr, region: region}
	d.open()
	t.Cleanup(d.close)
	return d
}

// open serves; again at the same address after close.
func (d *desk) open() {
	d.t.Helper()
	l, err := net.Listen("tcp", d.addr)
	if err != nil {
		d.t.Fatal(err)
	}
	d.mu.Lock()
	d.claimed = false
	d.mu.Unlock()
	if d.server, err = kitex.NewServer(kitex.ServerOptions{Listener: l}, kitex.OfferRoute(nil, nil, nil, d, nil)); err != nil {
		d.t.Fatal(err)
	}
	served := make(chan error, 1)
	d.served = served
	go func() { served <- d.server.Serve() }()
}

func (d *desk) close() {
	if d.server == nil {
		return
	}
	if err := d.server.Shutdown(within(d.t)); err != nil {
		d.t.Errorf("shutdown: %v", err)
	}
	if err := <-d.served; err != nil {
		d.t.Errorf("serve: %v", err)
	}
	d.server = nil
}

// Claim implements rpc.Applications.
func (d *desk) Claim(_ context.Context, c *rpc.Claim) (*rpc.ClaimReply, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.refusal != nil {
		return nil, d.refusal
	}
	d.claims = append(d.claims, rpc.Claim{Service: c.Service, Instance: c.Instance, Addr: c.Addr, First: c.First, Last: c.Last, Release: c.Release})
	d.claimed = !c.Release
	return &rpc.ClaimReply{TTL: 6000, Region: d.region}, nil
}

// Tell implements rpc.Applications.
func (d *desk) Tell(_ context.Context, batch *rpc.AppNotices) (*rpc.AppTold, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.claimed {
		return nil, rpc.Errorf(msgdef.CodeForbidden, "nobody claimed that")
	}
	if d.tell != nil {
		if err := d.tell(batch); err != nil {
			return nil, err
		}
	}
	n := 0
	for i := range batch.Items {
		n += len(batch.Items[i].UIDs)
	}
	d.notices = append(d.notices, rpc.AppNotices{Service: batch.Service, Partial: batch.Partial, Items: batch.Items})
	return &rpc.AppTold{Sessions: uint32(n), Partial: batch.Partial}, nil
}

// seen returns what was claimed and told so far.
func (d *desk) seen() (claims []rpc.Claim, notices []rpc.AppNotices) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.claims, d.notices
}

// set changes what the route answers.
func (d *desk) set(change func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change()
}
