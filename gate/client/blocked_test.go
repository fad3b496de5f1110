package client

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/gate/transport/memory"
	"github.com/sim-im/sim/msgdef"
)

// UDP that is dropped in the middle of a session costs the patience for a pong:
// the client goes on over the other way, at once, with everything that was
// unanswered, and stays there; after a change of network it tries UDP again.
func TestUDPDroppedInTheMiddle(t *testing.T) {
	plain(t, func(t *testing.T, g *gate) {
		udp := &memory.Network{Secured: true}
		first := &nat{Dialer: udp, forgets: time.Hour}
		o := g.options()
		o.Dialer = &transport.Fallback{First: secured{first}, Then: &g.network}
		stream := g.listener
		g.listener = must(udp.Listen("gate"))
		t.Cleanup(func() { g.listener.Close() })
		c, p := g.online(o, msgdef.LoginOK{})
		if _, over := p.conn.(transport.Secured); !over {
			t.Fatal("QUIC was not taken first")
		}
		first.forgets = -1 // everything is dropped from here on
		h := c.Queue(testConv, 1, []byte("hello"))
		g.listener, stream = stream, g.listener
		start := time.Now()
		p = g.admit(msgdef.LoginOK{})
		if _, over := p.conn.(transport.Secured); over || time.Since(start) > 30*time.Second {
			t.Errorf("went on over %T after %v", p.conn, time.Since(start))
		}
		m := expect[msgdef.Send](p)
		p.send(ackOf(m.Counter))
		if _, err := h.outcome(); err != nil || m.Counter != h.Counter() {
			t.Errorf("%+v, %v", m, err)
		}
		p.conn.Close()
		p = g.admit(msgdef.LoginOK{}) // not over UDP, although that would connect
		first.forgets = time.Hour
		if err := c.Rebind(context.Background()); err != nil {
			t.Error(err)
		}
		p.conn.Close()
		g.listener = stream
		if p = g.admit(msgdef.LoginOK{}); p == nil {
			t.Fatal("not back on UDP")
		}
		synctest.Wait()
	})
}

// secured is a nat over connections inside TLS.
type secured struct{ *nat }

func (s secured) Dial(ctx context.Context, address string) (transport.Conn, error) {
	c, err := s.nat.Dial(ctx, address)
	if err != nil {
		return nil, err
	}
	n := c.(*natConn)
	return &securedNAT{Secured: n.Conn.(transport.Secured), outer: n}, nil
}

type securedNAT struct {
	transport.Secured
	outer *natConn
}

func (c *securedNAT) Write(b []byte) (int, error)    { return c.outer.Write(b) }
func (c *securedNAT) TryWrite(b []byte) (int, error) { return c.outer.TryWrite(b) }
