package gate

import (
	"sync"
	"sync/atomic"

	"github.com/sim-im/sim/gate/numbered"
)

// shards is how many locks the table of connections has.
const shards = 64

// conns finds connections by number. Numbers count up from 1 and are not used
// twice in a process. A connection is in the table from accept until it is
// closed, and nothing else keeps it.
type conns struct {
	last   atomic.Uint64
	shards [shards]shard
}

type shard struct {
	mu    sync.RWMutex
	conns numbered.Table[*conn]
}

func (t *conns) open() {
	for i := range t.shards {
		t.shards[i].conns = numbered.New(func(c *conn) uint64 { return c.id })
	}
}

// add gives c its number.
func (t *conns) add(c *conn) {
	c.id = t.last.Add(1)
	shard := &t.shards[c.id%shards]
	shard.mu.Lock()
	defer shard.mu.Unlock()
	shard.conns.Put(c)
}

// find returns the connection with a number, or nil.
func (t *conns) find(id uint64) *conn {
	shard := &t.shards[id%shards]
	shard.mu.RLock()
	defer shard.mu.RUnlock()
	return shard.conns.Find(id)
}

// remove forgets c.
func (t *conns) remove(c *conn) {
	shard := &t.shards[c.id%shards]
	shard.mu.Lock()
	defer shard.mu.Unlock()
	shard.conns.Remove(c.id)
}

// len returns how many connections there are.
func (t *conns) len() (n int) {
	for i := range t.shards {
		shard := &t.shards[i]
		shard.mu.RLock()
		n += shard.conns.Len()
		shard.mu.RUnlock()
	}
	return n
}

// each calls visit for every connection. visit must not use the table.
func (t *conns) each(visit func(*conn)) {
	for i := range t.shards {
		shard := &t.shards[i]
		shard.mu.RLock()
		for c := range shard.conns.All() {
			visit(c)
		}
		shard.mu.RUnlock()
	}
}
