package client

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/msgdef"
)

func wantUSeqs(t *testing.T, r *recorder, want ...uint64) {
	t.Helper()
	if got := r.got(); !slices.Equal(got, want) {
		t.Fatalf("handed over %v, want %v", got, want)
	}
}

func TestReceiveInOrder(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var r recorder
		c, p := g.online(r.record(g.options()), msgdef.LoginOK{})
		p.send(note(1), note(2))
		p.send(note(3))
		wantUSeqs(t, &r, 1, 2, 3)
		if c.Cursor() != 3 {
			t.Errorf("cursor is %d", c.Cursor())
		}
		// Acknowledged later, in one frame.
		p.silent(900 * time.Millisecond)
		if ack := expect[msgdef.Ack](p); ack.USeq != 3 {
			t.Errorf("acknowledged %d", ack.USeq)
		}
		p.silent(10 * time.Second)
	})
}

func TestReceiveDropsDuplicates(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var r recorder
		_, p := g.online(r.record(g.options()), msgdef.LoginOK{Cursor: 4, Head: 4})
		p.silent(5 * time.Second) // which it knows already
		p.send(note(3), note(4), note(5), note(5), note(4), note(6))
		wantUSeqs(t, &r, 5, 6) // a first login begins at the server's cursor
	})
}

func TestReceiveFillsAGapByWaiting(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var r recorder
		_, p := g.online(r.record(g.options()), msgdef.LoginOK{})
		p.send(note(1), note(3), note(4))
		wantUSeqs(t, &r, 1)
		p.silent(40 * time.Millisecond)
		p.send(note(2))
		wantUSeqs(t, &r, 1, 2, 3, 4)
		p.silent(900 * time.Millisecond) // and no pull
	})
}

func TestReceiveFillsAGapByPulling(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var r recorder
		_, p := g.online(r.record(g.options()), msgdef.LoginOK{})
		p.send(note(1), note(3))
		p.silent(49 * time.Millisecond)
		q := expect[msgdef.GetMsg](p)
		want := msgdef.GetMsg{Req: q.Req, After: 1, StoreEpoch: testEpoch, Fingerprint: msgdef.Fingerprint(testConv, 1, 1000), Limit: pullLimit}
		if q != want {
			t.Fatalf("asked %+v, want %+v", q, want)
		}
		p.send(note(6)) // one question at a time, which acknowledges too
		p.silent(2 * time.Second)
		p.send(page(q.Req, 2, 4))
		wantUSeqs(t, &r, 1, 2, 3, 4)
		q = expect[msgdef.GetMsg](p) // at once: more is missing
		if q.After != 4 {
			t.Fatalf("asked after %d", q.After)
		}
		p.send(page(q.Req, 5, 6))
		wantUSeqs(t, &r, 1, 2, 3, 4, 5, 6)
		// GetMsg has told the rest; 5 and 6 are acknowledged by themselves.
		if ack := expect[msgdef.Ack](p); ack.USeq != 6 {
			t.Errorf("acknowledged %d", ack.USeq)
		}
	})
}

func TestReceivePagesInSeveralFrames(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var r recorder
		_, p := g.online(r.record(g.options()), msgdef.LoginOK{Head: 5})
		q := expect[msgdef.GetMsg](p) // at once after the login
		if q.After != 0 || q.StoreEpoch != 0 || q.Fingerprint != 0 {
			t.Errorf("asked %+v", q)
		}
		first := page(q.Req, 1, 2)
		first.Last, first.Head = false, 5
		p.send(page(q.Req+1, 1, 9)) // not asked for
		p.send(first)
		p.send(note(6)) // in between
		wantUSeqs(t, &r, 1, 2)
		p.send(page(q.Req, 3, 5))
		wantUSeqs(t, &r, 1, 2, 3, 4, 5, 6)
	})
}

func TestHeadPullsAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var r recorder
		_, p := g.online(r.record(g.options()), msgdef.LoginOK{})
		start := time.Now()
		p.send(&msgdef.Head{USeq: 2})
		q := expect[msgdef.GetMsg](p)
		if time.Since(start) != 0 {
			t.Errorf("asked after %v", time.Since(start))
		}
		p.send(page(q.Req, 1, 2))
		wantUSeqs(t, &r, 1, 2)
	})
}

// A server that promises what it does not have is asked less and less often.
func TestPullsWithoutProgressBackOff(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		_, p := g.online(g.options(), msgdef.LoginOK{Head: 3})
		var last time.Duration
		for i := range 6 {
			start := time.Now()
			q := expect[msgdef.GetMsg](p)
			wait := time.Since(start)
			if i > 1 && wait < 2*last {
				t.Errorf("asked again after %v, before after %v", wait, last)
			}
			last = wait
			p.send(&msgdef.MsgPage{Req: q.Req, StoreEpoch: testEpoch, Head: 3, Last: true})
		}
	})
}

// A question that was under way when the connection broke is asked again.
func TestPullAfterAReconnect(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var r recorder
		_, p := g.online(r.record(g.options()), msgdef.LoginOK{Head: 2})
		expect[msgdef.GetMsg](p)
		p.conn.Close()
		p = g.admit(msgdef.LoginOK{Head: 2})
		start := time.Now()
		q := expect[msgdef.GetMsg](p)
		if wait := time.Since(start); wait != 0 {
			t.Errorf("asked %v after the login", wait)
		}
		p.send(page(q.Req, 1, 2))
		wantUSeqs(t, &r, 1, 2)
	})
}

func TestUnansweredAndRefusedPullsAreRepeated(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var r recorder
		_, p := g.online(r.record(g.options()), msgdef.LoginOK{Head: 1})
		first := expect[msgdef.GetMsg](p)
		start := time.Now()
		second := expect[msgdef.GetMsg](p)
		if wait := time.Since(start); wait != 10*time.Second+500*time.Millisecond {
			t.Errorf("repeated after %v", wait)
		}
		p.send(page(first.Req, 1, 1)) // too late
		wantUSeqs(t, &r)
		start = time.Now()
		p.send(&msgdef.Error{Of: uint16(msgdef.TypeGetMsg), Req: second.Req, Code: msgdef.CodeUnavailable, RetryAfter: 5000})
		third := expect[msgdef.GetMsg](p)
		if wait := time.Since(start); wait != 6*time.Second {
			t.Errorf("repeated after %v", wait)
		}
		p.send(page(third.Req, 1, 1))
		wantUSeqs(t, &r, 1)
	})
}

// Acknowledgements of own sends are part of the sequence, before or after the
// notifies around them.
func TestOwnAcknowledgementsFillTheSequence(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var r recorder
		c, p := g.online(r.record(g.options()), msgdef.LoginOK{})
		for range 3 {
			c.SendFunc(testConv, msgdef.ContentText, []byte("x"), nil)
		}
		a, b, d := expect[msgdef.Send](p), expect[msgdef.Send](p), expect[msgdef.Send](p)
		p.send(
			&msgdef.SendAck{Counter: b.Counter, CSeq: 2, USeq: 3, At: 2000},
			&msgdef.SendAck{Counter: a.Counter, CSeq: 1, USeq: 1, At: 1000},
			note(4), note(2),
			&msgdef.SendAck{Counter: d.Counter, CSeq: 5, USeq: 5, At: 5000},
			&msgdef.SendAck{Counter: d.Counter, CSeq: 5, USeq: 5, At: 5000},
			note(6),
		)
		wantUSeqs(t, &r, 2, 4, 6)
		if c.Cursor() != 6 {
			t.Errorf("cursor is %d", c.Cursor())
		}
		p.silent(900 * time.Millisecond)
	})
}

func TestOwnMessagesOfOtherDevicesAreDelivered(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var r recorder
		_, p := g.online(r.record(g.options()), msgdef.LoginOK{})
		p.send(&msgdef.Notify{USeq: 1, Message: stored(1, testUID, testDevice+1, 1)})
		// Of an earlier run of this device, which never learned of it.
		p.send(&msgdef.Notify{USeq: 2, Message: stored(2, testUID, testDevice, 1)})
		wantUSeqs(t, &r, 1, 2)
	})
}

// An acknowledgement that was lost with its connection: the message comes back
// in the inbox, and counts as the acknowledgement.
func TestAMessageInTheInboxAcknowledgesItsSend(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var r recorder
		c, p := g.online(r.record(g.options()), msgdef.LoginOK{})
		h := c.Queue(testConv, msgdef.ContentText, []byte("x"))
		lost := expect[msgdef.Send](p)
		p.conn.Close()
		p = g.admit(msgdef.LoginOK{Head: 1})
		q := expect[msgdef.GetMsg](p)
		again := expect[msgdef.Send](p)
		if again.Counter != lost.Counter {
			t.Errorf("sent again as %d, before as %d", again.Counter, lost.Counter)
		}
		p.send(&msgdef.MsgPage{Req: q.Req, StoreEpoch: testEpoch, Head: 1, Last: true, Entries: []msgdef.Entry{
			{USeq: 1, Message: stored(1, testUID, testDevice, lost.Counter)},
		}})
		<-h.Done()
		sent, err := h.Wait(t.Context())
		if want := (Sent{Conv: testConv, Counter: lost.Counter, CSeq: 1, USeq: 1, At: 1000}); err != nil || sent != want {
			t.Errorf("sent %+v, %v", sent, err)
		}
		p.send(&msgdef.SendAck{Counter: lost.Counter, CSeq: 1, USeq: 1, At: 1000}, note(2))
		wantUSeqs(t, &r, 2)
	})
}

func TestAcknowledgementsRideOnSends(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c, p := g.online(g.options(), msgdef.LoginOK{})
		p.send(note(1), note(2))
		synctest.Wait()
		c.SendFunc(testConv, msgdef.ContentText, []byte("x"), nil)
		c.SendFunc(testConv, msgdef.ContentText, []byte("y"), nil)
		if a, b := expect[msgdef.Send](p), expect[msgdef.Send](p); a.Ack != 2 || b.Ack != 0 {
			t.Errorf("sends acknowledge %d and %d", a.Ack, b.Ack)
		}
		p.silent(5 * time.Second)
	})
}

func TestManyMessagesAreAcknowledgedAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		_, p := g.online(g.options(), msgdef.LoginOK{})
		start := time.Now()
		for useq := range uint64(ackEvery) {
			p.send(note(useq + 1))
		}
		if ack := expect[msgdef.Ack](p); ack.USeq != ackEvery || time.Since(start) != 0 {
			t.Errorf("acknowledged %d after %v", ack.USeq, time.Since(start))
		}
	})
}

// Without Close, a crash forgets two seconds at most.
func TestThePlaceIsSavedSoon(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		state := new(MemoryState)
		o := g.options()
		o.State = state
		_, p := g.online(o, msgdef.LoginOK{})
		saved := func() Snapshot {
			synctest.Wait()
			state.mu.Lock()
			defer state.mu.Unlock()
			return state.latest
		}
		for useq := range uint64(3) {
			p.send(note(useq + 1))
			time.Sleep(2 * time.Second)
			s := saved()
			if s.Cursor != useq+1 || s.StoreEpoch != testEpoch || s.Fingerprint != msgdef.Fingerprint(testConv, useq+1, int64(useq+1)*1000) {
				t.Errorf("saved %+v after %d", s, useq+1)
			}
		}
	})
}

func TestCloseAcknowledges(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c, p := g.online(g.options(), msgdef.LoginOK{})
		p.send(note(1))
		synctest.Wait()
		c.Close()
		if ack := expect[msgdef.Ack](p); ack.USeq != 1 {
			t.Errorf("acknowledged %d", ack.USeq)
		}
		p.gone()
	})
}
