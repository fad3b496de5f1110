package client

import (
	"slices"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// resumed is a state of a device that was online before.
func resumed(cursor uint64) *MemoryState {
	m := new(MemoryState)
	m.latest = Snapshot{
		Account: "alice", UID: testUID, Device: testDevice, Counter: 100,
		Cursor: cursor, StoreEpoch: testEpoch, Fingerprint: 1234,
	}
	return m
}

func (r *recorder) wantResyncs(t *testing.T, want ...Resync) {
	t.Helper()
	r.got()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Equal(r.resyncs, want) {
		t.Errorf("resyncs are %+v, want %+v", r.resyncs, want)
	}
}

// The place of an earlier run is verified even when nothing is missing.
func TestResumeVerifiesThePlace(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var r recorder
		o := r.record(g.options())
		o.State = resumed(5)
		_, p := g.online(o, msgdef.LoginOK{Head: 5, Cursor: 5})
		q := expect[msgdef.GetMsg](p)
		if q.After != 5 || q.StoreEpoch != testEpoch || q.Fingerprint != 1234 {
			t.Errorf("asked %+v", q)
		}
		p.send(page(q.Req, 6, 5))
		p.send(note(6))
		wantUSeqs(t, &r, 6)
		r.wantResyncs(t)
	})
}

func TestAnotherStoreResyncsOnce(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var r recorder
		o := r.record(g.options())
		o.State = resumed(5)
		c, p := g.online(o, msgdef.LoginOK{StoreEpoch: 1000, Head: 7})
		q := expect[msgdef.GetMsg](p)
		if q.StoreEpoch != testEpoch || q.After != 5 {
			t.Errorf("asked %+v", q)
		}
		// A row of the new store that would fit the old place by accident.
		p.send(note(6), note(8))
		p.silent(5 * time.Second) // and nothing is acknowledged to it
		wantUSeqs(t, &r)
		p.send(&msgdef.MsgPage{Req: q.Req, Status: msgdef.SyncReset, StoreEpoch: 1000, Floor: 6, Head: 7, Last: true})
		next := expect[msgdef.GetMsg](p)
		if next.After != 6 || next.StoreEpoch != 1000 || next.Fingerprint != 0 {
			t.Errorf("then asked %+v", next)
		}
		all := page(next.Req, 7, 8)
		all.StoreEpoch = 1000
		p.send(all)
		wantUSeqs(t, &r, 7, 8)
		r.wantResyncs(t, Resync{Status: msgdef.SyncReset, Floor: 6, Head: 7})
		if c.Cursor() != 8 {
			t.Errorf("cursor is %d", c.Cursor())
		}
	})
}

func TestResetWithEntriesInSeveralFrames(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var r recorder
		o := r.record(g.options())
		o.State = resumed(50)
		_, p := g.online(o, msgdef.LoginOK{Head: 4}) // the tail was lost
		q := expect[msgdef.GetMsg](p)
		first, second := page(q.Req, 3, 3), page(q.Req, 4, 4)
		for _, part := range []*msgdef.MsgPage{first, second} {
			part.Status, part.Floor, part.Head = msgdef.SyncReset, 2, 4
		}
		first.Last = false
		p.send(first, second)
		wantUSeqs(t, &r, 3, 4)
		r.wantResyncs(t, Resync{Status: msgdef.SyncReset, Floor: 2, Head: 4})
	})
}

func TestTooLongResyncs(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var r recorder
		o := r.record(g.options())
		o.State = resumed(5)
		_, p := g.online(o, msgdef.LoginOK{Head: 1000})
		q := expect[msgdef.GetMsg](p)
		p.send(&msgdef.MsgPage{Req: q.Req, Status: msgdef.SyncTooLong, StoreEpoch: testEpoch, Floor: 999, Head: 1000, Last: true})
		if q = expect[msgdef.GetMsg](p); q.After != 999 {
			t.Errorf("asked after %d", q.After)
		}
		p.send(page(q.Req, 1000, 1000))
		wantUSeqs(t, &r, 1000)
		r.wantResyncs(t, Resync{Status: msgdef.SyncTooLong, Floor: 999, Head: 1000})
	})
}

// Broken answers end the session with a typed reason.
func TestPagesThatMakeNoSense(t *testing.T) {
	for name, answer := range map[string]func(*msgdef.MsgPage){
		"unknown status":     func(m *msgdef.MsgPage) { m.Status = 3 },
		"head below cursor":  func(m *msgdef.MsgPage) { m.Head = 4 },
		"message not one":    func(m *msgdef.MsgPage) { m.Entries = []msgdef.Entry{{USeq: 6, Message: []byte("?")}} },
		"an empty message":   func(m *msgdef.MsgPage) { m.Entries = []msgdef.Entry{{USeq: 6}} },
		"reset without end":  func(m *msgdef.MsgPage) { m.Status, m.Last = msgdef.SyncReset, true },
		"answer without end": func(m *msgdef.MsgPage) { m.Last = false },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, g *gate) {
				var r recorder
				o := r.record(g.options())
				o.State = resumed(5)
				_, p := g.online(o, msgdef.LoginOK{Head: 6})
				for range maxPullParts + 1 {
					q, err := p.next()
					if err != nil {
						break
					}
					var asked msgdef.GetMsg
					if q.Type != msgdef.TypeGetMsg || asked.Decode(q.Body) != nil {
						continue
					}
					bad := msgdef.MsgPage{Req: asked.Req, StoreEpoch: testEpoch, Head: 6, Last: true}
					answer(&bad)
					p.send(&bad)
					if !bad.Last {
						endless(p, &bad)
					}
				}
				wantReason(t, &r, ErrProtocol)
			})
		})
	}
}

// endless repeats a frame until the client has had enough.
func endless(p *peer, m *msgdef.MsgPage) {
	for range maxPullParts {
		if p.trySend([]frame.Message{m}) != nil {
			return
		}
	}
}
