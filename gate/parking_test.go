package gate_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/msgdef"
)

// TestParkingUnderFire has the sweep park sessions all the time while data floods
// in, with pauses about as long as it takes to be parked, and while connections
// end. Everybody who stays gets every answer.
func TestParkingUnderFire(t *testing.T) {
	const users, bursts = 16, 60
	for name, listen := range sockets() {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(o *gate.Options) {
				o.Times.Park, o.Times.Sweep = 2*time.Millisecond, time.Millisecond
				o.Limits.SendRate = -1
			})
			dial := w.overTCP(listen)
			var group sync.WaitGroup
			for i := range users {
				c := dial()
				c.handshake()
				c.enter(loginOf(fmt.Sprint("user", i), 1))
				rng, stays := rand.New(rand.NewPCG(1, uint64(i))), i%2 == 0
				group.Go(func() { c.burst(rng, bursts, stays) })
			}
			group.Wait()
			w.close()
			w.wantCloses(gate.ReasonShutdown, users/2)
			w.wantCloses(gate.ReasonPeer, users/2)
		})
	}
}

// burst sends in bursts of several writes each, and reads the answers. Who does
// not stay leaves after half of them, at a moment that may be that of parking.
func (c *client) burst(rng *rand.Rand, bursts int, stays bool) {
	if !stays {
		bursts /= 2
		defer c.conn.Close()
	}
	counter := uint64(0)
	for range bursts {
		first := counter + 1
		for range 1 + rng.IntN(4) {
			counter++
			c.send(c.note(counter, "again"))
		}
		for want := first; want <= counter; want++ {
			var ack msgdef.SendAck
			if c.expect(&ack); ack.Counter != want {
				c.t.Errorf("acknowledged %d, want %d", ack.Counter, want)
			}
		}
		time.Sleep(time.Duration(rng.IntN(4000)) * time.Microsecond)
	}
}
