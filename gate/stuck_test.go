package gate_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// TestManyStuckReaders has ten thousand clients that never read get messages,
// beside a few that do. What the gate holds for them is bounded, not by what they
// are sent; the others get everything at once; a stuck one that reads again gets
// a head or everything, and those that do not are closed after 10 s.
func TestManyStuckReaders(t *testing.T) { // not parallel: it weighs the heap
	stuck, healthy, late, rounds := 10_000, 10, 10, 100
	if testing.Short() {
		stuck = 1000
	}
	const size, most = 1000, 4 << 20
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(o *gate.Options) { o.Limits.StuckBytes = most })
		w.network.Room = 4 << 10
		crowd := w.crowd("stuck", stuck)
		others := w.crowd("healthy", healthy)
		to := w.recipients(slices.Concat(crowd, others))
		before := heap()
		for i := range uint64(rounds) {
			w.deliverAll(i+1, size, to)
			for _, c := range others {
				var n msgdef.Notify
				if c.expect(&n); n.USeq != i+1 {
					t.Fatalf("a healthy client got notify %d, want %d", n.USeq, i+1)
				}
			}
		}
		// Each holds a connection's share, and the write under way, besides
		// the goroutine that waits with it.
		bound := uint64(most) + uint64(stuck)*(4<<10+4<<10+2<<10)
		grown := heap() - before
		t.Logf("%d bytes for each stuck reader that was sent %d", grown/uint64(stuck), rounds*size)
		if unbounded := uint64(stuck * rounds * size); grown > bound || bound > unbounded/2 {
			t.Errorf("%d bytes for %d stuck readers, want at most %d", grown, stuck, bound)
		}
		s := w.gate.Stats()
		if s.Drops[gate.DropCollapsed] == 0 || s.Blocked != uint64(stuck) || s.StuckBytes == 0 || uint64(s.StuckBytes) > bound {
			t.Errorf("%d blocked, %d bytes held, dropped %v", s.Blocked, s.StuckBytes, s.Drops)
		}
		heads := 0
		for _, c := range crowd[:late] {
			if c.catchesUp(uint64(rounds)) {
				heads++
			}
		}
		if heads < late/2 {
			t.Errorf("%d of %d that read again got a head", heads, late)
		}
		for range 11 {
			time.Sleep(time.Second)
			for _, c := range slices.Concat(crowd[:late], others) {
				c.roundTrip(1)
			}
		}
		w.wantCloses(gate.ReasonStuck, stuck-late)
		if n := w.far.live(); n != healthy+late {
			t.Errorf("%d sessions live on", n)
		}
		if n := w.gate.Stats().StuckBytes; n != 0 {
			t.Errorf("%d bytes held for nobody", n)
		}
	})
}

// crowd logs n clients in.
func (w *world) crowd(name string, n int) []*client {
	w.t.Helper()
	all := make([]*client, n)
	for i := range all {
		all[i] = w.login(fmt.Sprint(name, i), 1)
	}
	return all
}

// recipients addresses clients, each of a user of its own.
func (w *world) recipients(clients []*client) []rpc.Delivery {
	w.far.mu.Lock()
	defer w.far.mu.Unlock()
	conns := make(map[uint64]uint64, len(w.far.sessions))
	for conn, s := range w.far.sessions {
		conns[s.UID] = conn
	}
	var to []rpc.Delivery
	for _, c := range clients {
		to = append(to, rpc.Delivery{Conn: conns[c.welcome.UID]})
	}
	return to
}

// deliverAll brings one message to everybody, in one batch, and waits in its bubble
// until all were written.
func (w *world) deliverAll(useq uint64, size int, to []rpc.Delivery) {
	w.t.Helper()
	w.deliverTo(useq, size, to)
	synctest.Wait()
}

// deliverTo brings one message to everybody, in one batch.
func (w *world) deliverTo(useq uint64, size int, to []rpc.Delivery) {
	w.t.Helper()
	m := msgdef.Message{Body: []byte(strings.Repeat("x", size))}
	batch := &rpc.Deliveries{Epoch: w.gate.Epoch(), Messages: [][]byte{m.Append(nil)}, To: to}
	for i := range to {
		to[i].USeq = useq
	}
	must(w.t, w.gate.Deliver(context.Background(), batch))
}

// catchesUp reads notifies in order, and then a head that stands for the rest. It
// returns false when there was no rest: what all hold together is bounded, and
// while that lasts a few may keep everything.
func (c *client) catchesUp(useq uint64) (head bool) {
	c.t.Helper()
	for next := uint64(1); next <= useq; next++ {
		f, err := c.next()
		must(c.t, err)
		if f.Type == msgdef.TypeHead {
			var head msgdef.Head
			must(c.t, head.Decode(f.Body))
			if head.USeq != useq || next == 1 {
				c.t.Fatalf("head %d after %d notifies, want %d", head.USeq, next-1, useq)
			}
			return true
		}
		var n msgdef.Notify
		must(c.t, n.Decode(f.Body))
		if n.USeq != next {
			c.t.Fatalf("notify %d, want %d", n.USeq, next)
		}
	}
	return false
}

// heap returns the bytes of the heap and of stacks that are in use.
func heap() uint64 {
	runtime.GC()
	runtime.GC() // what pools kept
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}
