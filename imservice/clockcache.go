package imservice

import "slices"

// clockCache keeps about limit values in memory and gives up one that was not
// asked for lately when another needs its place (the CLOCK algorithm: a hand
// goes around a ring, clears marks, and takes the first unmarked slot).
//
// Values that keep returns true for are never given up; if all are such, the
// cache grows past its limit rather than lose one. It has no lock of its own.
type clockCache[K comparable, V any] struct {
	limit int
	keep  func(*V) bool // nil gives up anything
	index map[K]*clockSlot[K, V]
	ring  []*clockSlot[K, V]
	hand  int
}

type clockSlot[K comparable, V any] struct {
	key   K
	value V
	used  bool // since the hand last passed
}

func newClockCache[K comparable, V any](limit int, keep func(*V) bool) *clockCache[K, V] {
	return &clockCache[K, V]{limit: max(limit, 1), keep: keep, index: make(map[K]*clockSlot[K, V])}
}

// get returns the value under key, or nil. The pointer holds until the value
// is given up.
func (c *clockCache[K, V]) get(key K) *V {
	s := c.index[key]
	if s == nil {
		return nil
	}
	s.used = true
	return &s.value
}

// add puts a value under a key that is not there yet.
func (c *clockCache[K, V]) add(key K, value V) *V {
	s := c.vacate()
	*s = clockSlot[K, V]{key: key, value: value, used: true}
	c.index[key] = s
	return &s.value
}

// drop gives up the value under key, if there is one.
func (c *clockCache[K, V]) drop(key K) {
	if s := c.index[key]; s != nil {
		delete(c.index, key)
		i := slices.Index(c.ring, s)
		c.ring = slices.Delete(c.ring, i, i+1)
		if c.hand >= len(c.ring) {
			c.hand = 0
		}
	}
}

func (c *clockCache[K, V]) len() int { return len(c.index) }

// vacate returns a slot that nothing points to any more.
func (c *clockCache[K, V]) vacate() *clockSlot[K, V] {
	// Twice around: the first turn may do nothing but clear marks.
	for range 2 * len(c.ring) {
		if len(c.ring) < c.limit {
			break
		}
		s := c.ring[c.hand]
		c.hand = (c.hand + 1) % len(c.ring)
		switch {
		case s.used:
			s.used = false
		case c.keep != nil && c.keep(&s.value):
		default:
			delete(c.index, s.key)
			return s
		}
	}
	s := new(clockSlot[K, V])
	c.ring = append(c.ring, s)
	return s
}
