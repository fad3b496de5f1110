package imservice

import (
	"hash/maphash"
	"sync"
)

// head is the newest position of an inbox, a conversation or a read mark.
//
//	assigned == durable   at rest; may be forgotten, the store has it
//	assigned >  durable   commits are under way; readers stop at durable
//
// Between Apply and the sync the store already shows the rows up to assigned,
// so a head must not be loaded from it then: that is why it is kept.
type head struct {
	assigned uint64
	durable  uint64
	at       int64  // of the newest message, Unix milliseconds; conversations only
	count    uint64 // of that message, see msgdef.Message; conversations only
	bars     uint8  // store.Bars with barsKnown, and then keep is known too; pairs only
	gone     bool   // the user was removed; users only
	keep     uint16 // days, see keep.go; pairs only
}

func (h *head) busy() bool { return h.assigned != h.durable }

// err returns why nothing has its place there any more, or nil.
func (h *head) err() error {
	if h.gone {
		return errUserDeleted
	}
	return nil
}

// headShards spreads readers, the sequencer and the syncer over locks.
const headShards = 32

// headCache holds heads of one kind in bounded memory.
type headCache[K comparable] struct {
	shared bool // others write too: nothing is kept, the store is asked every time
	seed   maphash.Seed
	load   func(K) (head, error) // reads the store; called under the shard's lock
	zeros  bool                  // heads of 0 are kept too: load fails for names of nothing
	shards [headShards]headShard[K]
}

type headShard[K comparable] struct {
	mu    sync.Mutex
	heads *clockCache[K, head]
}

func newHeadCache[K comparable](limit int, load func(K) (head, error)) *headCache[K] {
	c := &headCache[K]{seed: maphash.MakeSeed(), load: load}
	for i := range c.shards {
		c.shards[i].heads = newClockCache[K](limit/headShards, (*head).busy)
	}
	return c
}

func (c *headCache[K]) shard(key K) *headShard[K] {
	return &c.shards[maphash.Comparable(c.seed, key)%headShards]
}

// durable returns the position that readers may go to.
func (c *headCache[K]) durable(key K) (uint64, error) {
	if c.shared {
		h, err := c.load(key)
		return h.durable, err
	}
	s := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.heads.get(key); h != nil {
		return h.durable, h.err()
	}
	// Nobody can claim under this key while the lock is held, so what the store
	// shows is durable.
	h, err := c.load(key)
	if err != nil || h.assigned == 0 && !c.zeros {
		return 0, err // names of nothing take no memory
	}
	return s.heads.add(key, h).durable, nil
}

// under tells whether commits about a key are under way, of which the store shows
// more than is durable.
func (c *headCache[K]) under(key K) bool {
	if c.shared {
		return false
	}
	s := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.heads.get(key)
	return h != nil && h.busy()
}

// next claims the position after the newest, for the sequencer only. at is
// raised to that of the position before.
func (c *headCache[K]) next(claims *claims, key K, at int64) (uint64, int64, error) {
	s := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	h, err := s.take(c, key)
	if err != nil {
		return 0, 0, err
	}
	claims.add(&s.mu, h, h.assigned+1, max(at, h.at))
	return h.assigned, h.at, nil
}

// newest returns the position that was claimed last, for the sequencer only.
func (c *headCache[K]) newest(key K) (uint64, error) {
	s := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.heads.get(key); h != nil {
		return h.assigned, nil
	}
	h, err := c.load(key)
	return h.assigned, err
}

// raise claims position to if it is above the newest, for the sequencer only.
func (c *headCache[K]) raise(claims *claims, key K, to uint64) (bool, error) {
	s := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	h, err := s.take(c, key)
	if err != nil || to <= h.assigned {
		return false, err
	}
	claims.add(&s.mu, h, to, 0)
	return true, nil
}

// len returns how many heads are in memory.
func (c *headCache[K]) len() (n int) {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		n += s.heads.len()
		s.mu.Unlock()
	}
	return n
}

func (s *headShard[K]) take(c *headCache[K], key K) (*head, error) {
	if h := s.heads.get(key); h != nil {
		return h, h.err()
	}
	h, err := c.load(key)
	if err != nil {
		return nil, err
	}
	return s.heads.add(key, h), nil
}
