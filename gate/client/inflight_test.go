package client

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// sendModel is inflight as simply as can be said.
type sendModel struct {
	counter uint64
	state   sendState
	tried   bool
	body    byte
	wired   time.Duration
	expires time.Duration
}

func TestInflightAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const limit = 40
		first := rapid.Uint64Range(1, 1<<40).Draw(t, "first")
		f := newInflight(first, limit)
		var model []*sendModel // all ever pushed
		now := time.Duration(0)
		alive := func() (list []*sendModel) {
			for _, m := range model {
				if m.state != sendDone {
					list = append(list, m)
				}
			}
			return list
		}
		pick := func(t *rapid.T) *sendModel {
			list := alive()
			if len(list) == 0 {
				t.Skip("empty")
			}
			return list[rapid.IntRange(0, len(list)-1).Draw(t, "which")]
		}
		t.Repeat(map[string]func(*rapid.T){
			"push": func(t *rapid.T) {
				body := rapid.Byte().Draw(t, "body")
				expires := now + time.Duration(rapid.IntRange(1, 5).Draw(t, "life"))
				counter, ok := f.push(parcel{kind: 1, body: []byte{body, body}}, expires, func(Sent, error) {})
				span := uint64(0)
				if list := alive(); len(list) > 0 {
					span = first + uint64(len(model)) - list[0].counter
				}
				if want := span < limit; ok != want {
					t.Fatalf("push with span %d: %v", span, ok)
				}
				if ok {
					if counter != first+uint64(len(model)) {
						t.Fatalf("counter %d", counter)
					}
					model = append(model, &sendModel{counter: counter, body: body, expires: expires})
				}
			},
			"write": func(t *rapid.T) {
				e := f.queuedNext()
				for _, m := range model {
					if m.state == sendQueued {
						if e == nil || e.counter != m.counter || len(e.body) != 2 || e.body[0] != m.body || e.tried != m.tried {
							t.Fatalf("next is %+v, want %+v", e, m)
						}
						m.state, m.tried, m.wired = sendWired, true, now
						f.wrote(e, now)
						return
					}
				}
				if e != nil {
					t.Fatalf("next is %+v, want none", e)
				}
			},
			"finish": func(t *rapid.T) {
				m := pick(t)
				f.finish(f.find(m.counter))
				m.state = sendDone
				if f.find(m.counter) != nil {
					t.Fatal("found after finish")
				}
			},
			"requeue": func(t *rapid.T) {
				m := pick(t)
				f.requeue(f.find(m.counter))
				m.state = sendQueued
			},
			"requeueAll": func(*rapid.T) {
				f.requeueAll()
				for _, m := range alive() {
					m.state = sendQueued
				}
			},
			"requeueOlder": func(t *rapid.T) {
				before := now - time.Duration(rapid.IntRange(0, 3).Draw(t, "age"))
				f.requeueOlder(before)
				for _, m := range alive() {
					if m.state == sendWired && m.wired <= before {
						m.state = sendQueued
					}
				}
			},
			"expire": func(t *rapid.T) {
				ended := f.expire(now)
				for _, m := range alive() {
					if m.expires > now {
						continue
					}
					if len(ended) == 0 || ended[0].counter != m.counter || ended[0].tried != m.tried {
						t.Fatalf("expired %+v, want %+v", ended, m)
					}
					m.state, ended = sendDone, ended[1:]
				}
				if len(ended) > 0 {
					t.Fatalf("expired too: %+v", ended)
				}
			},
			"later": func(*rapid.T) { now++ },
			"": func(t *rapid.T) {
				wired := 0
				for _, m := range alive() {
					if m.expires < f.soonest {
						t.Fatalf("counter %d expires at %v, and the soonest at %v", m.counter, m.expires, f.soonest)
					}
					e := f.find(m.counter)
					if e == nil || e.counter != m.counter || e.state != m.state || e.tried != m.tried {
						t.Fatalf("counter %d is %+v, want %+v", m.counter, e, m)
					}
					if m.state == sendWired {
						wired++
					}
				}
				if f.onWire != wired || f.live != len(alive()) {
					t.Fatalf("onWire %d live %d, want %d %d", f.onWire, f.live, wired, len(alive()))
				}
			},
		})
	})
}

func TestInflightFindsNoStrangers(t *testing.T) {
	f := newInflight(10, 4)
	for _, counter := range []uint64{0, 9, 10, 11, 1 << 63, ^uint64(0)} {
		if f.find(counter) != nil {
			t.Errorf("found counter %d in an empty list", counter)
		}
	}
}

func TestInflightDrainTellsWhatWasTried(t *testing.T) {
	f := newInflight(1, 4)
	for range 2 {
		f.push(parcel{kind: 1, body: nil}, 0, func(Sent, error) {})
	}
	f.wrote(f.queuedNext(), 0)
	ended := f.drain(true)
	if len(ended) != 2 || !ended[0].tried || ended[1].tried || f.live != 0 || f.onWire != 0 {
		t.Fatalf("drained %+v, left %d live, %d on the wire", ended, f.live, f.onWire)
	}
}

func TestInflightExpiresTheOldOnly(t *testing.T) {
	f := newInflight(1, 4)
	for i := range 3 {
		f.push(parcel{kind: 1, body: nil}, time.Duration(i), func(Sent, error) {})
	}
	if ended := f.expire(1); len(ended) != 2 || ended[1].counter != 2 || f.oldest().counter != 3 {
		t.Fatalf("expired %+v", ended)
	}
}

func TestInflightUsesMemoryAgain(t *testing.T) {
	f := newInflight(1, 64)
	body := make([]byte, 200)
	done := func(Sent, error) {}
	round := func() {
		for range 20 {
			f.push(parcel{kind: 1, body: body}, 0, done)
		}
		for e := f.queuedNext(); e != nil; e = f.queuedNext() {
			f.wrote(e, 0)
		}
		for e := f.oldest(); e != nil; e = f.oldest() {
			f.finish(e)
		}
	}
	for range 4 {
		round()
	}
	if n := testing.AllocsPerRun(100, round); n != 0 {
		t.Errorf("%v allocations for 20 messages", n)
	}
}
