package client

import (
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// slowly returns options whose callback of messages takes d.
func slowly(o Options, d time.Duration) Options {
	inner := o.OnMessage
	o.OnMessage = func(m *Message) {
		time.Sleep(d)
		inner(m)
	}
	return o
}

// What comes while callbacks run is heard late, which is not the gate's fault.
func TestSlowCallbacksLoseNoLink(t *testing.T) {
	for name, slow := range map[string]time.Duration{"within the patience": 9 * time.Second, "beyond": 25 * time.Second} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, g *gate) {
				var r recorder
				_, p := g.online(slowly(r.record(g.options()), slow), msgdef.LoginOK{})
				ping := expect[msgdef.Ping](p)
				for useq := range uint64(3) {
					p.send(note(useq + 1))
					time.Sleep(4 * time.Second) // the first is read alone
				}
				p.send(&msgdef.Pong{Nonce: ping.Nonce})
				time.Sleep(3*slow - 10*time.Second) // before the next ping gets late
				wantUSeqs(t, &r, 1, 2, 3)
				wantPhases(t, &r, Connecting, Online)
			})
		})
	}
}

// A ping that fell due during a callback leaves after it, and its answer has
// its time from then on.
func TestAPingThatWaitedForACallback(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var r recorder
		_, p := g.online(slowly(r.record(g.options()), 11900*time.Millisecond), msgdef.LoginOK{})
		time.Sleep(44 * time.Second)
		p.send(note(1))
		ping := expect[msgdef.Ping](p)
		time.Sleep(8 * time.Second)
		wantPhases(t, &r, Connecting, Online)
		p.send(&msgdef.Pong{Nonce: ping.Nonce})
		time.Sleep(8 * time.Second)
		wantPhases(t, &r, Connecting, Online)
	})
}

// A gate that is dead is left all the same, once the callback is over.
func TestASlowCallbackDoesNotHideASilentServer(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var r recorder
		_, p := g.online(slowly(r.record(g.options()), 30*time.Second), msgdef.LoginOK{})
		expect[msgdef.Ping](p)
		start := time.Now()
		p.send(note(1))
		p.gone()
		if wait := time.Since(start); wait < 30*time.Second+10*time.Second-slowRead || wait > 40*time.Second {
			t.Errorf("left after %v", wait)
		}
		wantReason(t, &r, ErrSilent)
	})
}

// What a slow callback sends counts from then, not from the read: it leaves
// once, and is given its time.
func TestASendFromASlowCallbackIsSentOnce(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var c *Client
		var out outcomes
		o := g.options()
		o.SendExpiry = 20 * time.Second
		o.OnMessage = func(m *Message) {
			time.Sleep(30 * time.Second)
			c.SendFunc(m.Conv, m.Kind, m.Body, out.done)
		}
		c, p := g.online(o, msgdef.LoginOK{})
		p.send(note(1))
		first := expect[msgdef.Send](p)
		if n := len(p.queue); n != 0 {
			t.Errorf("%d more frames", n)
		}
		expect[msgdef.Ack](p)
		p.silent(7900 * time.Millisecond) // the Ack timeout is 10 s, less slowRead and what Ack took
		p.send(ackOf(first.Counter))
		if sent, failed := out.counts(); sent != 1 || failed != 0 {
			t.Errorf("%d sent, %d failed", sent, failed)
		}
	})
}

// The rest of an answer that waits behind a slow callback is not asked for
// again. The callback ends between two ticks of the clock: one that came just
// between the two reads would acknowledge the first, as it may.
func TestASlowCallbackInTheMidstOfAnAnswer(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var r recorder
		_, p := g.online(slowly(r.record(g.options()), 12*time.Second+slowRead/2), msgdef.LoginOK{Head: 2})
		q := expect[msgdef.GetMsg](p)
		first := page(q.Req, 1, 1)
		first.Last, first.Head = false, 2
		p.send(first)
		time.Sleep(time.Second)
		p.send(page(q.Req, 2, 2))
		p.silent(13 * time.Second) // acknowledged after a second more
		wantUSeqs(t, &r, 1)
		if ack := expect[msgdef.Ack](p); ack.USeq != 2 {
			t.Errorf("acknowledged %d", ack.USeq)
		}
		wantUSeqs(t, &r, 1, 2)
	})
}
