package kitex

import (
	"maps"
	"sync"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// Reason is why something queued was dropped. It is a metric label.
type Reason string

// The reasons.
const (
	DropFull    Reason = "full"    // the queue was
	DropNobody  Reason = "nobody"  // no endpoint was known
	DropLost    Reason = "lost"    // no endpoint answered
	DropPartial Reason = "partial" // routes answered, and none knew all sessions
	DropTimeout Reason = "timeout" // not in time
	DropRefused Reason = "refused" // an endpoint said no
	DropClosed  Reason = "closed"  // the caller was
)

// Stats counts what a caller did since it was opened.
type Stats struct {
	Calls    uint64                      // that ended, one for each RPC and its repetitions
	Failures map[msgdef.ErrorCode]uint64 // of these, by the final code
	Batches  uint64                      // RPCs of Send, Notify, Deliver, Push and Kick
	Offers   uint64                      // calls merged into them
	Items    uint64                      // messages, recipients, frames and kicks in them
	Drops    map[Reason]uint64           // items that were queued or to be queued, and got lost
}

// counts is Stats in the making.
type counts struct {
	mu    sync.Mutex
	stats Stats
}

// called counts a call.
func (c *counts) called(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Calls++
	if err != nil {
		if c.stats.Failures == nil {
			c.stats.Failures = make(map[msgdef.ErrorCode]uint64)
		}
		c.stats.Failures[rpc.CodeOf(err)]++
	}
}

// merged counts a batch.
func (c *counts) merged(weight amount) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Batches++
	c.stats.Offers += uint64(weight.offers)
	c.stats.Items += uint64(weight.items)
}

// dropped counts losses.
func (c *counts) dropped(reason Reason, items int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stats.Drops == nil {
		c.stats.Drops = make(map[Reason]uint64)
	}
	c.stats.Drops[reason] += uint64(items)
}

// Stats returns the counters as of now.
func (c *counts) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.stats
	s.Failures, s.Drops = maps.Clone(s.Failures), maps.Clone(s.Drops)
	return s
}
