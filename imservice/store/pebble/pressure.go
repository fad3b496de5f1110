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
	tooHigh func() bool   // asks the engine
	stale   atomic.Bool   // something happened that may have changed the answer
	one     sync.Mutex    // held by the writer who asks or waits
	wake    chan struct{} // has room for one
}

const (
	maxWaitingMemTables = 4 // that are not yet written as tables
	maxBehind           = 4 // times the merge depth: tables of the first level a read may have to look into

	lookAgain = 100 * time.Millisecond
)

func newPressure() *pressure { return &pressure{wake: make(chan struct{}, 1)} }

// watch says which engine to ask.
func (p *pressure) watch(db *engine.DB, memTableSize int64) {
	mostMemory, mostDepth := maxWaitingMemTables*uint64(memTableSize), int32(maxBehind*mergeDepth(memTableSize))
	p.tooHigh = func() bool {
		m := db.Metrics()
		return m.MemTable.Size >= mostMemory || m.Levels[0].Sublevels >= mostDepth
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
func (p *pressure) wait(cond *condition) error {
	if !p.stale.Load() {
		return nil
	}
	p.one.Lock()
	defer p.one.Unlock()
	for p.stale.Swap(false) && p.tooHigh() {
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
