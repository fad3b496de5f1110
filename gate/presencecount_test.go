package gate_test

import (
	"maps"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// counting holds up what is counted, until release.
func (w *world) counting() (asked *atomic.Int64, release func()) {
	w.far.counted.Store(77)
	asked = new(atomic.Int64)
	held := make(chan struct{})
	w.far.intercept(func(method string) error {
		if method == "Presence" {
			asked.Add(1)
			<-held
		}
		return nil
	})
	return asked, func() { close(held) }
}

// wantCounted checks what became of all counts that were asked for.
func (w *world) wantCounted(counted uint64, uncounted map[gate.Uncounted]uint64) {
	w.t.Helper()
	synctest.Wait()
	if s := w.gate.Stats(); s.Counted != counted || !maps.Equal(s.Uncounted, uncounted) {
		w.t.Errorf("%d counted and %v not, want %d and %v", s.Counted, s.Uncounted, counted, uncounted)
	}
}

// TestCountsBlockNothing has a connection's other requests, sends and counts for others
// go on while a group is counted, and answers counts in the order of the questions, one
// under way for each connection.
func TestCountsBlockNothing(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		asked, release := w.counting()
		c, other := w.login("alice", 1), w.login("bob", 1)
		for req := uint64(1); req <= 5; req++ {
			c.send(&msgdef.GetPresence{Req: req, Via: msgdef.GroupConv(req)})
		}
		other.send(&msgdef.GetPresence{Req: 9, Via: msgdef.GroupConv(1)})
		c.send(&msgdef.Lookup{Req: 6, UIDs: []uint64{1}})
		var users msgdef.Users
		if c.expect(&users); users.Req != 6 {
			t.Errorf("%+v", users)
		}
		c.roundTrip(7)
		c.send(&msgdef.GetMsg{Req: 8})
		c.expect(new(msgdef.MsgPage))
		if synctest.Wait(); asked.Load() != 2 {
			t.Errorf("%d counts are under way, want one of each", asked.Load())
		}
		release()
		for req := uint64(1); req <= 5; req++ {
			var m msgdef.Presence
			if c.expect(&m); m.Req != req || m.At != 77 {
				t.Errorf("%+v, want the answer to %d", m, req)
			}
		}
		other.expect(new(msgdef.Presence))
		w.wantCounted(6, map[gate.Uncounted]uint64{})
	})
}

// TestCountsAreBounded refuses what is beyond the bounds, for each reason, counts it,
// and asks for nobody who is gone.
func TestCountsAreBounded(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		asked, release := w.counting()
		c := w.login("robot", 1) // whom no rate bounds
		for req := range uint64(18) {
			c.send(&msgdef.GetPresence{Req: req, Via: msgdef.GroupConv(5)})
		}
		for range 2 {
			if m := c.expectError(msgdef.TypeGetPresence, msgdef.CodeBusy); m.Req < 16 || m.RetryAfter == 0 {
				t.Errorf("%+v", m)
			}
		}
		w.wantCounted(0, map[gate.Uncounted]uint64{gate.CountWaiting: 2})
		c.conn.Close()
		synctest.Wait()
		release()
		// The one that was under way is made, of the others nothing is asked.
		w.wantCounted(1, map[gate.Uncounted]uint64{gate.CountWaiting: 2, gate.CountGone: 15})
		if asked.Load() != 1 {
			t.Errorf("%d counts were asked for", asked.Load())
		}

		d := w.login("alice", 1)
		for code, why := range map[msgdef.ErrorCode]gate.Uncounted{
			msgdef.CodeForbidden: gate.CountForbidden, msgdef.CodeTimeout: gate.CountBusy, msgdef.CodeShuttingDown: gate.CountUnavailable,
		} {
			before := w.gate.Stats().Uncounted[why]
			w.far.intercept(func(string) error { return rpc.Errorf(code, "no") })
			d.send(&msgdef.GetPresence{Req: 3, Via: msgdef.GroupConv(5)})
			d.expectError(msgdef.TypeGetPresence, code)
			if got := w.gate.Stats().Uncounted[why]; got != before+1 {
				t.Errorf("%v: counted %d times as %v", code, got-before, why)
			}
		}
	})
}
