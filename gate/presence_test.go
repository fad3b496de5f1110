package gate_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// farPresence is the part of a far end that knows who is online. Users above 1,000
// are for nobody to know.
type farPresence struct {
	knowing sync.Mutex
	online  map[uint64]uint16 // devices
	hidden  map[uint64]bool   // from everybody
	broken  bool

	counted atomic.Int64 // when groups were
}

func (f *farPresence) Whereabouts(_ context.Context, q *rpc.WhereaboutsQuery) (*rpc.WhereaboutsReply, error) {
	f.knowing.Lock()
	defer f.knowing.Unlock()
	if f.broken {
		return nil, rpc.Errorf(msgdef.CodeUnavailable, "not now")
	}
	reply := &rpc.WhereaboutsReply{Invisible: make([]bool, len(q.Items))}
	for _, it := range q.Items {
		s := msgdef.PresenceState{UID: it.UID, Devices: f.online[it.UID], Online: f.online[it.UID] > 0}
		if it.UID > 100_000 || f.hidden[it.UID] {
			s = msgdef.PresenceState{UID: it.UID, Code: msgdef.CodeForbidden}
		}
		reply.Items = append(reply.Items, s)
	}
	return reply, nil
}

// moves has a user have so many devices online.
func (f *farPresence) moves(uid uint64, devices uint16) {
	f.knowing.Lock()
	defer f.knowing.Unlock()
	if f.online == nil {
		f.online, f.hidden = map[uint64]uint16{}, map[uint64]bool{}
	}
	f.online[uid] = devices
}

// tell has the gate hear that users moved.
func (w *world) tell(uids ...uint64) {
	w.t.Helper()
	must(w.t, w.gate.Push(context.Background(), &rpc.Frames{Epoch: w.gate.Epoch(), Moved: uids}))
}

// watches asks for users and returns the answer.
func (c *client) watches(uids ...uint64) (list []msgdef.PresenceState) {
	c.t.Helper()
	c.send(&msgdef.WatchPresence{Req: 1, UIDs: uids})
	for {
		var m msgdef.WatchingPresence
		c.expect(&m)
		list = append(list, m.List...)
		if m.Last {
			return list
		}
	}
}

// stays is silent no longer than a session may be.
func (c *client) stays(d time.Duration) {
	c.t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(20 * time.Second) {
		c.send(&msgdef.Ping{Nonce: 1})
	}
}

// changes returns what the session is told until a message of its own is acknowledged.
func (c *client) changes(counter uint64) (list []msgdef.PresenceState) {
	c.t.Helper()
	c.send(c.note(counter, "so far"))
	for {
		f, err := c.next()
		must(c.t, err)
		switch f.Type {
		case msgdef.TypeSendAck:
			return list
		case msgdef.TypePresenceChanged:
			var m msgdef.PresenceChanged
			must(c.t, m.Decode(f.Body))
			list = append(list, m.List...)
		}
	}
}

// hears receives one change of one user.
func (c *client) hears(uid uint64, devices uint16) {
	c.t.Helper()
	var m msgdef.PresenceChanged
	c.expect(&m)
	if len(m.List) != 1 || m.List[0].UID != uid || m.List[0].Devices != devices || m.List[0].Online != (devices > 0) {
		c.t.Errorf("%+v, want %d with %d", m.List, uid, devices)
	}
}

// TestPresence tells who is online, each change within a second or so, and of who goes
// offline only those who stay so.
func TestPresence(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("alice", 1)
		w.far.moves(50, 1)
		if list := c.watches(50, 51, 200_000); len(list) != 3 || !list[0].Online || list[1].Online || list[2].Code != msgdef.CodeForbidden {
			t.Fatalf("%+v", list)
		}
		w.far.moves(51, 2)
		w.tell(51, 99)
		c.hears(51, 2)
		w.far.moves(50, 0) // flaps
		w.tell(50)
		time.Sleep(5 * time.Second)
		w.far.moves(50, 1)
		w.tell(50)
		time.Sleep(20 * time.Second)
		w.far.moves(50, 0)
		began := time.Now()
		w.tell(50)
		c.hears(50, 0)
		if after := time.Since(began); after < 10*time.Second || after > 13*time.Second {
			t.Errorf("offline is told after %v", after)
		}
		c.send(&msgdef.UnwatchPresence{UIDs: []uint64{50}})
		synctest.Wait()
		w.far.moves(50, 3)
		w.far.moves(51, 1)
		w.tell(50, 51)
		c.hears(51, 1)
		c.conn.Close()
		time.Sleep(5 * time.Second)
		if n := w.far.streams(); n != 0 {
			t.Errorf("%d are watched when nobody is there", n)
		}
	})
}

// streams returns how many users the gate has said to watch.
func (e *farEnd) streams() (n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for conv, on := range e.watched {
		if _, ok := msgdef.StreamOwner(conv); ok && on {
			n++
		}
	}
	return n
}

// TestPresenceIsTaken is of somebody who may not know any more: they hear that, and
// then nothing.
func TestPresenceIsTaken(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("alice", 1)
		w.far.moves(7, 1)
		c.watches(7)
		w.far.knowing.Lock()
		w.far.hidden = map[uint64]bool{7: true}
		w.far.knowing.Unlock()
		c.stays(80 * time.Second) // nobody said that they moved: everybody is looked at
		if list := c.changes(1); len(list) != 1 || list[0].Code != msgdef.CodeForbidden || list[0].Online {
			t.Errorf("%+v", list)
		}
		w.far.moves(7, 2)
		w.tell(7)
		c.stays(80 * time.Second)
		if list := c.changes(2); len(list) != 0 {
			t.Errorf("%+v", list)
		}
	})
}

// TestPresenceIsBounded refuses more users than a session may watch, and goes on.
func TestPresenceIsBounded(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("alice", 1)
		uids := make([]uint64, 500)
		for part := range uint64(2) {
			for i := range uids {
				uids[i] = 1000*(part+1) + uint64(i)
			}
			c.watches(uids...)
		}
		c.watches(1000, 2499)
		c.send(&msgdef.WatchPresence{Req: 4, UIDs: []uint64{9}})
		c.expectError(msgdef.TypeWatchPresence, msgdef.CodeManyWatched)
		c.send(&msgdef.WatchPresence{Req: 4})
		c.expectError(msgdef.TypeWatchPresence, msgdef.CodeBadArgument)
		c.send(&msgdef.UnwatchPresence{UIDs: []uint64{1000}})
		c.watches(9)
	})
}

// TestPresenceIsRightInTheEnd loses what routes say, and has them fail: what the
// session was told last is what is so.
func TestPresenceIsRightInTheEnd(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			virtual(t, func(t *testing.T) { presenceUnderLoss(t, rand.New(rand.NewPCG(seed, 1))) })
		})
	}
}

func presenceUnderLoss(t *testing.T, rnd *rand.Rand) {
	w := newWorld(t)
	c := w.login("alice", 1)
	told := map[uint64]uint16{}
	for _, s := range c.watches(1, 2, 3, 4, 5, 6, 7, 8) {
		told[s.UID] = s.Devices
	}
	for i := range 300 {
		if i%20 == 0 {
			c.send(&msgdef.Ping{Nonce: 1})
		}
		uid := 1 + rnd.Uint64N(8)
		w.far.moves(uid, uint16(rnd.IntN(3)))
		if rnd.IntN(2) == 0 {
			w.tell(uid)
		}
		w.far.knowing.Lock()
		w.far.broken = rnd.IntN(4) == 0
		w.far.knowing.Unlock()
		time.Sleep(rand.N(time.Second))
	}
	w.far.knowing.Lock()
	w.far.broken = false
	want := map[uint64]uint16{}
	for uid := range uint64(8) {
		want[uid+1] = w.far.online[uid+1]
	}
	w.far.knowing.Unlock()
	c.stays(2 * time.Minute)
	for _, s := range c.changes(1) {
		told[s.UID] = s.Devices
	}
	for uid, devices := range want {
		if told[uid] != devices {
			t.Errorf("%d has %d devices, was told %d", uid, devices, told[uid])
		}
	}
}
