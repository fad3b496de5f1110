package pebble

import (
	"sync"
	"sync/atomic"
	"time"

	engine "github.com/cockroachdb/pebble/v2"
)

// pressure holds writes back while the engine cannot keep up. The engine would
// do that by itself, but a write it holds back cannot be given up when the
// disk fails and the room it waits for never comes; so its own bounds are out
// of reach, and these are the real ones.
type pressure struct {
	stale  atomic.Bool   // something happened that may have changed the load
	one    sync.Mutex    // held by the writer who looks or waits
	wake   chan struct{} // has room for one
	tables uint64        // bytes of memtables that may wait to be written
	depth  int32         // tables a read may have to look into on the first level
}

const (
	maxWaitingMemTables = 4
	maxReadDepth        = 48

	lookAgain = 100 * time.Millisecond
)

func newPressure(memTableSize int64) *pressure {
	return &pressure{
		wake:   make(chan struct{}, 1),
		tables: maxWaitingMemTables * uint64(memTableSize),
		depth:  maxReadDepth,
	}
}

// changed is called by the engine after it switched, flushed or compacted.
func (p *pressure) changed() {
	p.stale.Store(true)
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// wait returns when there is room to write, or with the reason why there will
// never be. It costs one load while the engine keeps up.
func (p *pressure) wait(db *engine.DB, cond *condition) error {
	if !p.stale.Load() {
		return nil
	}
	p.one.Lock()
	defer p.one.Unlock()
	for p.stale.Swap(false) && p.tooHigh(db) {
		select {
		case <-p.wake:
		case <-time.After(lookAgain): // in case the engine told us before it was done
		case <-cond.broken:
			return cond.err()
		}
		p.stale.Store(true)
	}
	return nil
}

func (p *pressure) tooHigh(db *engine.DB) bool {
	m := db.Metrics()
	return m.MemTable.Size >= p.tables || m.Levels[0].Sublevels >= p.depth
}
