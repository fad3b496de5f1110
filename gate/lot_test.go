package gate_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef"
)

// TestLots brings messages of all sizes to many at once, of whom some leave on the
// way. Everybody else gets everything in order.
func TestLots(t *testing.T) {
	for name, listen := range sockets() {
		t.Run(name, func(t *testing.T) { lots(t, listen) })
	}
}

func lots(t *testing.T, listen func(string) (transport.Listener, error)) {
	const stay, leave, rounds = 70, 20, 200
	w := newWorld(t)
	dial := w.overTCP(listen)
	staying, leaving := enterAll(dial, "stays", stay), enterAll(dial, "leaves", leave)
	to := w.recipients(slices.Concat(leaving[:leave/2], staying, leaving[leave/2:]))
	var readers sync.WaitGroup
	for _, c := range staying {
		readers.Go(func() { c.expectRows(rounds) })
	}
	for i, c := range leaving {
		readers.Go(func() {
			c.expectRows(1 + i*rounds/leave)
			c.conn.Close()
		})
	}
	for i := range uint64(rounds) {
		w.deliverTo(i+1, int(i*i)%6000, to)
	}
	readers.Wait()
}

// expectRows reads n notifies, in order.
func (c *client) expectRows(n int) {
	for next := range uint64(n) {
		f, err := c.next()
		var m msgdef.Notify
		if err == nil {
			err = m.Decode(f.Body)
		}
		if err != nil || m.USeq != next+1 {
			c.t.Errorf("%v: %v with useq %d, want %d", err, f.Type, m.USeq, next+1)
			return
		}
	}
}
