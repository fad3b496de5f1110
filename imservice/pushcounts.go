package imservice

import (
	"sync"

	"github.com/sim-im/sim/imservice/store"
)

// pushCounts bound how many rows the outbox has.
type pushCounts struct {
	most, perDevice int

	mu       sync.Mutex
	byDevice map[device]int
	total    int
}

func newPushCounts(l Limits) *pushCounts {
	return &pushCounts{most: l.Pushes, perDevice: l.PushesPerDevice, byDevice: make(map[device]int)}
}

// take counts one more row of a device, if there may be one.
func (c *pushCounts) take(of device) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.total >= c.most || c.byDevice[of] >= c.perDevice {
		return false
	}
	c.total++
	c.byDevice[of]++
	return true
}

// add counts rows whatever the limits.
func (c *pushCounts) add(rows []store.OutboxRow) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range rows {
		c.total++
		c.byDevice[device{rows[i].UID, rows[i].Device}]++
	}
}

// remove counts rows that are gone.
func (c *pushCounts) remove(rows []store.OutboxRow) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range rows {
		of := device{rows[i].UID, rows[i].Device}
		c.total = max(c.total-1, 0) // of a shared store another may have added it
		if c.byDevice[of]--; c.byDevice[of] <= 0 {
			delete(c.byDevice, of)
		}
	}
}

// forget counts from none on.
func (c *pushCounts) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.total = 0
	clear(c.byDevice)
}

func (c *pushCounts) len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.total
}
