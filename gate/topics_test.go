package gate_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// TestBigGroup brings messages to those who watch, but not to the device that has
// sent them, in two codecs.
func TestBigGroup(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		alice, other, bob := w.login("alice", 1), w.login("alice", 2), w.login("bob", 1)
		carol := w.loginInJSON("carol", 1)
		conv := w.far.big(5, 7, alice.welcome.UID, bob.welcome.UID, carol.welcome.UID)
		for _, c := range []*client{alice, other, bob} {
			if got := c.watch(conv); got[0].Code != msgdef.CodeOK || got[0].Head != 7 || got[0].Conv != conv {
				t.Fatalf("%+v", got)
			}
		}
		question := msgdef.Watch{Req: 3, Convs: [][16]byte{conv}}
		carol.sendText(question.Type(), string(question.AppendJSON(nil)))
		var answer msgdef.Watching
		if carol.expectText(&answer); answer.Req != 3 || len(answer.List) != 1 || answer.List[0].Head != 7 {
			t.Fatalf("%+v", answer)
		}
		if s := w.gate.Stats(); s.Watchers != 4 || s.Watches != 4 {
			t.Errorf("%d sessions watch %d groups", s.Watchers, s.Watches)
		}
		w.bring(w.far.post(conv, alice.welcome.UID, 1), w.far.post(conv, bob.welcome.UID, 1), w.far.post(conv, alice.welcome.UID, 2))
		alice.expectConv(conv, 9, 10)
		other.expectConv(conv, 8, 9)
		bob.expectConv(conv, 8, 10)
		for cseq := uint64(8); cseq <= 10; cseq++ {
			var n msgdef.NotifyConv
			carol.expectText(&n)
			var m msgdef.Message
			if must(t, m.Decode(n.Message)); m.CSeq != cseq || m.Conv != conv {
				t.Fatalf("%+v", m)
			}
		}
		bob.send(&msgdef.Unwatch{Convs: [][16]byte{conv}})
		bob.roundTrip(1)
		synctest.Wait()
		w.bring(w.far.post(conv, 0, 0))
		alice.expectConv(conv, 11)
		bob.roundTrip(2) // the next frame
	})
}

// TestWatchRefused answers each conversation with why not.
func TestWatchRefused(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("robot", 1)
		others := w.far.big(6, 1)
		got := c.watch(msgdef.GroupConv(1), others)
		if got[0].Code != msgdef.CodeUnknownConversation || got[1].Code != msgdef.CodeForbidden {
			t.Errorf("%+v", got)
		}
		if _, changes := w.far.watches(others); changes != 0 {
			t.Error("routes hear of groups that nobody may watch")
		}
		w.far.fail("Register", msgdef.CodeUnavailable)
		mine := w.far.big(7, 1, c.welcome.UID)
		c.send(&msgdef.Watch{Req: 4, Convs: [][16]byte{mine}})
		if e := c.expectError(msgdef.TypeWatch, msgdef.CodeUnavailable); e.Req != 4 {
			t.Errorf("%+v", e)
		}
		w.far.fail("", msgdef.CodeOK)
		for first := uint64(0); first < 520; first += 104 {
			var convs []msgdef.Conversation
			for i := range uint64(104) {
				convs = append(convs, w.far.big(1000+first+i, 1, c.welcome.UID))
			}
			for i, a := range c.watch(convs...) {
				if busy := first+uint64(i) >= 512; busy != (a.Code == msgdef.CodeBusy) {
					t.Fatalf("group %d: %v", first+uint64(i), a.Code)
				}
			}
		}
	})
}

// TestRemovedGetsNothing removes one of two, with and without the gate hearing of
// it, and has somebody come back.
func TestRemovedGetsNothing(t *testing.T) {
	for name, heard := range map[string]bool{"heard": true, "lost": false} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				w := newWorld(t)
				alice, bob := w.login("alice", 1), w.login("bob", 1)
				conv := w.far.big(5, 0, alice.welcome.UID, bob.welcome.UID)
				alice.watch(conv)
				bob.watch(conv)
				w.bring(w.far.post(conv, 0, 0))
				alice.expectConv(conv, 1)
				bob.expectConv(conv, 1)
				removal := w.far.post(conv, alice.welcome.UID, 1, bob.welcome.UID)
				next := w.far.post(conv, 0, 0)
				if heard {
					w.bring(removal, next)
					bob.expectHead(conv, msgdef.CodeForbidden, 2)
					alice.expectConv(conv, 3)
				} else {
					w.bring(next, w.far.post(conv, 0, 0))
					bob.expectHead(conv, msgdef.CodeForbidden, 4)
					alice.expectHead(conv, msgdef.CodeOK, 4)
				}
				if n := w.gate.Stats().Doubts; (n == 0) != heard {
					t.Errorf("%d times in doubt", n)
				}
				w.bring(removal) // again
				w.bring(w.far.post(conv, 0, 0))
				var last uint64 = 4
				if !heard {
					last = 5
				}
				alice.expectConv(conv, last)
				bob.roundTrip(1)
				w.far.join(conv, bob.welcome.UID)
				bob.watch(conv)
				w.bring(removal, w.far.post(conv, 0, 0))
				alice.expectConv(conv, last+1)
				bob.expectConv(conv, last+1)
			})
		})
	}
}

// TestRemovedWhileAsking removes somebody between the answer of the message service
// and being entered.
func TestRemovedWhileAsking(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		alice, bob := w.login("alice", 1), w.login("bob", 1)
		conv := w.far.big(5, 0, alice.welcome.UID, bob.welcome.UID)
		alice.watch(conv)
		removed := false
		w.far.mu.Lock()
		w.far.settled = func() {
			if !removed {
				removed = true
				w.bring(w.far.post(conv, alice.welcome.UID, 1, bob.welcome.UID))
			}
		}
		w.far.mu.Unlock()
		if got := bob.watch(conv); got[0].Code != msgdef.CodeForbidden {
			t.Errorf("%+v", got)
		}
		w.bring(w.far.post(conv, 0, 0))
		alice.expectConv(conv, 2)
		bob.roundTrip(1)
	})
}

// TestToldWhileAsking has a message come between what the service says of a member and
// their entering: the answer's head counts it, to those who come first and later.
func TestToldWhileAsking(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		alice, bob := w.login("alice", 1), w.login("bob", 1)
		conv := w.far.big(5, 7, alice.welcome.UID, bob.welcome.UID)
		for i, c := range []*client{alice, bob} {
			brought := false
			w.far.mu.Lock()
			w.far.settled = func() {
				if on, _ := w.far.watches(conv); on && !brought { // else routes bring nothing here
					brought = true
					w.bring(w.far.post(conv, 1000, 1))
				}
			}
			w.far.mu.Unlock()
			if got := c.watch(conv); got[0].Code != msgdef.CodeOK || got[0].Head != uint64(8+i) {
				t.Errorf("%+v, want the head %d", got, 8+i)
			}
		}
		alice.expectConv(conv, 9)
		w.bring(w.far.post(conv, 1000, 1))
		alice.expectConv(conv, 10)
		bob.expectConv(conv, 10)
	})
}

// TestDissolved ends a group for all, also when the gate does not hear of it.
func TestDissolved(t *testing.T) {
	for name, heard := range map[string]bool{"heard": true, "lost": false} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				w := newWorld(t)
				c := w.login("alice", 1)
				conv := w.far.big(5, 3, c.welcome.UID)
				c.watch(conv)
				over, cseq := w.far.dissolve(conv), uint64(0)
				if heard {
					w.bring(over)
					cseq = 4
				} else {
					w.gate.Recheck()
				}
				c.expectHead(conv, msgdef.CodeUnknownConversation, cseq)
				if s := w.gate.Stats(); s.Watches != 0 {
					t.Errorf("%d groups are watched", s.Watches)
				}
				time.Sleep(20 * time.Second)
				if on, _ := w.far.watches(conv); on {
					t.Error("routes still send what nobody watches")
				}
			})
		})
	}
}

// TestLostMessage finds out by heads, now and then and when told to.
func TestLostMessage(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("alice", 1)
		conv := w.far.big(5, 3, c.welcome.UID)
		c.watch(conv)
		w.far.post(conv, 0, 0)
		begun := time.Now()
		w.gate.Recheck()
		c.expectHead(conv, msgdef.CodeOK, 4)
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("a recheck took %v", took)
		}
		w.far.post(conv, 0, 0)
		begun = time.Now()
		c.expectHead(conv, msgdef.CodeOK, 5)
		if took := time.Since(begun); took > 31*time.Second {
			t.Errorf("a head took %v", took)
		}
	})
}

// TestAnotherStore checks everybody when numbers begin anew.
func TestAnotherStore(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		alice, bob := w.login("alice", 1), w.login("bob", 1)
		conv := w.far.big(5, 30, alice.welcome.UID, bob.welcome.UID)
		alice.watch(conv)
		bob.watch(conv)
		w.far.mu.Lock()
		w.far.store++
		w.far.mu.Unlock()
		w.far.big(5, 3, alice.welcome.UID)
		w.gate.Recheck()
		alice.expectHead(conv, msgdef.CodeOK, 3)
		bob.expectHead(conv, msgdef.CodeForbidden, 0)
		w.bring(w.far.post(conv, 0, 0))
		alice.expectConv(conv, 4)
	})
}

// TestDeserted has routes know for a while what a session watched that comes back,
// and no longer what nobody does.
func TestDeserted(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("alice", 1)
		conv := w.far.big(5, 3, c.welcome.UID)
		for range 20 {
			c.watch(conv)
			c.conn.Close()
			time.Sleep(5 * time.Second)
			c = w.login("alice", 1)
		}
		if on, changes := w.far.watches(conv); !on || changes != 1 {
			t.Errorf("watched: %v, after %d changes", on, changes)
		}
		c.conn.Close()
		time.Sleep(30 * time.Second)
		if on, changes := w.far.watches(conv); on || changes != 2 {
			t.Errorf("watched: %v, after %d changes", on, changes)
		}
	})
}

// TestSlowWatcher gets a head for each group when it reads again.
func TestSlowWatcher(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		witness, slow := w.login("witness", 1), w.login("slow", 2)
		one := w.far.big(5, 0, slow.welcome.UID, witness.welcome.UID)
		two := w.far.big(6, 0, slow.welcome.UID, witness.welcome.UID)
		slow.watch(one, two)
		witness.watch(one, two)
		for i := range 3000 {
			conv := one
			if i%2 == 1 {
				conv = two
			}
			w.bring(w.far.post(conv, 0, 0))
			synctest.Wait()
			if i%2 == 0 {
				witness.expectConv(one, uint64(i/2+1))
			} else {
				witness.expectConv(two, uint64(i/2+1))
			}
		}
		if w.gate.Stats().Drops[gate.DropCollapsed] == 0 {
			t.Fatal("nothing collapsed")
		}
		heads, last := map[msgdef.Conversation]uint64{}, map[msgdef.Conversation]uint64{}
		for len(heads) < 2 {
			f, err := slow.next()
			must(t, err)
			switch f.Type {
			case msgdef.TypeNotifyConv:
				var n msgdef.NotifyConv
				must(t, n.Decode(f.Body))
				var m msgdef.Message
				must(t, m.Decode(n.Message))
				if m.CSeq != last[m.Conv]+1 {
					t.Fatalf("message %d after %d", m.CSeq, last[m.Conv])
				}
				last[m.Conv] = m.CSeq
			case msgdef.TypeConvHead:
				var h msgdef.ConvHead
				must(t, h.Decode(f.Body))
				heads[h.Conv] = h.CSeq
			}
		}
		if heads[one] != 1500 || heads[two] != 1500 {
			t.Errorf("heads %v", heads)
		}
		w.bring(w.far.post(one, 0, 0))
		slow.expectConv(one, 1501)
	})
}

// watcher is a client in TestTopicsAtRandom, and what it may have seen.
type watcher struct {
	*client
	uid     uint64
	watches bool
	member  bool
	from    uint64 // messages up to it are not to come
	until   uint64 // nor those after it, once it left; 0: it did not
	told    uint64 // that it knows of: by messages and heads
}

// TestTopicsAtRandom posts, removes, adds, watches and reconnects in any order,
// with calls that are lost, delayed and repeated: nobody gets a message of a time
// at which they were no member, none comes out of order, and in the end all who
// watch know where the group ends.
func TestTopicsAtRandom(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			virtual(t, func(t *testing.T) { topicsAtRandom(t, rand.New(rand.NewPCG(seed, 7))) })
		})
	}
}

func topicsAtRandom(t *testing.T, rng *rand.Rand) {
	w := newWorld(t)
	conv := w.far.big(5, 1)
	var all []*watcher
	for i := range 8 {
		c := w.login(fmt.Sprint("user", i), 1)
		all = append(all, &watcher{client: c, uid: c.welcome.UID})
	}
	var late []rpc.Notices
	head := uint64(1)
	for range 400 {
		who := all[rng.IntN(len(all))]
		var n rpc.Notices
		switch rng.IntN(6) {
		case 0:
			if !who.member {
				n = w.far.post(conv, who.uid, 0)
				w.far.join(conv, who.uid)
				who.member, who.until, who.from = true, 0, n.Topics[0].CSeq-1
			}
		case 1:
			if who.member {
				n = w.far.post(conv, 0, 0, who.uid)
				who.member, who.until = false, n.Topics[0].CSeq-1
			}
		case 2:
			who.see(conv)
			got := who.watch(conv)[0]
			if (got.Code == msgdef.CodeOK) != who.member {
				t.Fatalf("member %v: %v", who.member, got.Code)
			}
			if who.member && !who.watches { // else it gets what is on its way
				who.from, who.told = max(who.from, got.Head), max(who.told, got.Head)
			}
			who.watches = who.member
		default:
			n = w.far.post(conv, 0, 0)
		}
		if len(n.Topics) > 0 {
			head = n.Topics[0].CSeq
			switch rng.IntN(8) {
			case 0: // lost
			case 1:
				late = append(late, n)
			case 2:
				w.bring(n, n)
			default:
				w.bring(n)
			}
		}
		if len(late) > 0 && rng.IntN(5) == 0 {
			w.bring(late...)
			late = nil
		}
		if rng.IntN(10) == 0 {
			time.Sleep(time.Duration(rng.IntN(2000)) * time.Millisecond)
		}
		synctest.Wait()
		for _, o := range all {
			o.see(conv)
		}
	}
	for range 9 {
		time.Sleep(10 * time.Second)
		synctest.Wait()
		for _, o := range all {
			o.see(conv)
		}
	}
	for _, o := range all {
		if o.watches && o.told != head {
			t.Errorf("user %d knows of %d, and the group ends at %d", o.uid, o.told, head)
		}
		if o.watches && !o.member {
			t.Errorf("user %d still watches", o.uid)
		}
	}
}

// see reads what has come, which must be theirs.
func (o *watcher) see(conv msgdef.Conversation) {
	o.t.Helper()
	o.send(&msgdef.Ping{Nonce: 7})
	for {
		f, err := o.next()
		must(o.t, err)
		switch f.Type {
		case msgdef.TypePong:
			return
		case msgdef.TypeNotifyConv:
			var n msgdef.NotifyConv
			must(o.t, n.Decode(f.Body))
			var m msgdef.Message
			must(o.t, m.Decode(n.Message))
			if !o.watches || m.CSeq <= o.from || o.until != 0 && m.CSeq > o.until {
				o.t.Fatalf("user %d got message %d, may have those from %d to %d, watches: %v", o.uid, m.CSeq, o.from, o.until, o.watches)
			}
			if m.CSeq <= o.told {
				o.t.Fatalf("message %d after %d", m.CSeq, o.told)
			}
			o.told = m.CSeq
		case msgdef.TypeConvHead:
			var h msgdef.ConvHead
			must(o.t, h.Decode(f.Body))
			if h.Code != msgdef.CodeOK {
				if o.member && o.until == 0 && o.watches {
					o.t.Fatalf("user %d, a member, was told %v", o.uid, h.Code)
				}
				o.watches = false
			}
			o.told = max(o.told, h.CSeq)
		default:
			o.t.Fatalf("%v", f.Type)
		}
	}
}
