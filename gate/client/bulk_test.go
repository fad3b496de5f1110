package client

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// inside runs a test with a clock of its own, inside TLS only.
func inside(t *testing.T, test func(t *testing.T, g *gate)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		g.network.Secured = true
		test(t, g)
	})
}

// TestCallbacksOfTwoStreamsComeOneAtATime has pages and notifies arrive at
// once: the race detector sees it if two callbacks run together.
func TestCallbacksOfTwoStreamsComeOneAtATime(t *testing.T) {
	inside(t, func(t *testing.T, g *gate) {
		var r recorder
		o := r.record(g.options())
		running, together := 0, 0
		o.OnMessage = func(*Message) {
			if running++; running > 1 {
				together++
			}
			runtime.Gosched() // a sleep under a lock would stop the bubble's clock
			running--
		}
		const pulled, live = 200, 200
		c, p := g.online(o, msgdef.LoginOK{Head: pulled})
		q := expect[msgdef.GetMsg](p)
		go func() {
			for useq := uint64(pulled + 1); useq <= pulled+live; useq++ {
				if p.trySend([]frame.Message{note(useq)}) != nil {
					return
				}
			}
		}()
		p.send(page(q.Req, 1, pulled))
		synctest.Wait()
		time.Sleep(time.Second)
		if c.Cursor() != pulled+live || together > 0 {
			t.Errorf("cursor %d, %d callbacks at the same time as another", c.Cursor(), together)
		}
	})
}

func TestABrokenBulkRecordEndsTheSession(t *testing.T) {
	for name, b := range map[string][]byte{
		"length":     {1, 0},
		"too long":   {0xff, 0xff},
		"ciphertext": append([]byte{40, 0}, make([]byte, 40)...),
	} {
		t.Run(name, func(t *testing.T) {
			inside(t, func(t *testing.T, g *gate) {
				var r recorder
				_, p := g.online(r.record(g.options()), msgdef.LoginOK{})
				must(must(p.conn.(transport.Secured).OpenBulk()).Write(b))
				p.gone()
				wantReason(t, &r, ErrProtocol)
			})
		})
	}
}

// A bulk stream that ends by itself would leave the client without pages.
func TestABulkStreamThatEndsIsReplaced(t *testing.T) {
	inside(t, func(t *testing.T, g *gate) {
		var r recorder
		_, p := g.online(r.record(g.options()), msgdef.LoginOK{Head: 1})
		q := expect[msgdef.GetMsg](p)
		p.send(&msgdef.MsgPage{Req: q.Req, StoreEpoch: testEpoch, Head: 1})
		p.bulk.Close()
		p.send(&msgdef.Kicked{Code: msgdef.CodeReplaced}) // is still read
		p.gone()
		if last := r.last(); last.Phase != Stopped || !errors.Is(last.Err, ErrKicked) {
			t.Errorf("status %+v", last)
		}
	})
	inside(t, func(t *testing.T, g *gate) {
		var r recorder
		_, p := g.online(r.record(g.options()), msgdef.LoginOK{Head: 1})
		q := expect[msgdef.GetMsg](p)
		p.send(&msgdef.MsgPage{Req: q.Req, StoreEpoch: testEpoch, Head: 1})
		p.bulk.Close()
		p = g.admit(msgdef.LoginOK{Head: 1})
		p.send(page(expect[msgdef.GetMsg](p).Req, 1, 1))
		wantUSeqs(t, &r, 1)
	})
}

// TestRebind asks for a sign of life where a connection cannot move, and moves
// where it can.
func TestRebind(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c := g.client(g.options())
		if err := c.Rebind(t.Context()); err != nil {
			t.Errorf("without a connection: %v", err)
		}
		later(func() error { return c.Connect(context.Background()) })
		p := g.admit(msgdef.LoginOK{})
		synctest.Wait()
		if err := c.Rebind(t.Context()); err != nil {
			t.Error(err)
		}
		expect[msgdef.Ping](p) // which is not answered
		p.gone()
	})
	plain(t, func(t *testing.T, g *gate) {
		o, moved := g.options(), errors.New("moved")
		o.Dialer = movers{o.Dialer, moved}
		c, _ := g.online(o, msgdef.LoginOK{})
		if err := c.Rebind(t.Context()); !errors.Is(err, moved) {
			t.Errorf("the connection was not moved: %v", err)
		}
	})
	plain(t, func(t *testing.T, g *gate) {
		o := g.options()
		o.Dialer = movers{o.Dialer, nil}
		c, p := g.online(o, msgdef.LoginOK{})
		if err := c.Rebind(t.Context()); err != nil {
			t.Error(err)
		}
		expect[msgdef.Ping](p) // tells the gate where the client is now
	})
}

// movers dials connections that say that they were moved.
type movers struct {
	transport.Dialer
	moved error
}

func (m movers) Dial(ctx context.Context, addr string) (transport.Conn, error) {
	c, err := m.Dialer.Dial(ctx, addr)
	return mover{c, m.moved}, err
}

type mover struct {
	transport.Conn
	moved error
}

func (m mover) Migrate(context.Context) error { return m.moved }
