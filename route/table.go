package route

import (
	"slices"
	"sync"
)

// shardBits gives 64 shards: enough that cores rarely meet at one lock.
const shardBits = 6

// session is a live connection of a device.
type session struct {
	gate   *gate
	device uint64
	conn   uint64
	since  int64 // Unix milliseconds
}

// is reports whether two values are the same connection.
func (s session) is(other session) bool {
	return s.gate == other.gate && s.conn == other.conn
}

// table holds the live sessions by user.
type table struct {
	shards [1 << shardBits]shard
}

// shard is a part of the table with its lock. No call leaves the package while
// the lock is held.
type shard struct {
	mu    sync.RWMutex
	users map[uint64][]session // never an empty list; order of arrival
}

// open makes the table ready.
func (t *table) open() {
	for i := range t.shards {
		t.shards[i].users = make(map[uint64][]session)
	}
}

// of returns the shard of a user. User ids are handed out in sequence; the
// multiplication (Fibonacci hashing) spreads them.
func (t *table) of(uid uint64) *shard {
	return &t.shards[uid*0x9e3779b97f4a7c15>>(64-shardBits)]
}

// add enters a session and returns those that had to give way: the one of the
// same device, or the oldest when there are max already. added is false for a
// connection that has ended, a gate that is gone, and one that was there.
func (t *table) add(uid uint64, s session, max int) (displaced []session, added bool) {
	sh := t.of(uid)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if s.gate.gone.Load() || s.gate.ended.has(s.conn) {
		return nil, false
	}
	list := sh.users[uid]
	if i := slices.IndexFunc(list, func(o session) bool { return o.device == s.device }); i >= 0 {
		old := list[i]
		if old.is(s) {
			return nil, false
		}
		list = slices.Delete(list, i, i+1)
		displaced = append(displaced, old)
	} else if len(list) >= max {
		displaced = append(displaced, list[0])
		list = slices.Delete(list, 0, 1)
	}
	sh.users[uid] = append(list, s)
	return displaced, true
}

// remove takes a session out and remembers that its connection has ended.
func (t *table) remove(uid uint64, s session) (removed bool) {
	sh := t.of(uid)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	s.gate.ended.add(s.conn)
	list := sh.users[uid]
	i := slices.IndexFunc(list, s.is)
	if i < 0 {
		return false
	}
	sh.put(uid, slices.Delete(list, i, i+1))
	return true
}

// find appends to dst the sessions of a user, except that of a device; 0
// excepts none.
func (t *table) find(dst []session, uid, except uint64) []session {
	sh := t.of(uid)
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	for _, s := range sh.users[uid] {
		if s.device != except {
			dst = append(dst, s)
		}
	}
	return dst
}

// put stores what is left of a user's list. The shard's lock is held.
func (sh *shard) put(uid uint64, list []session) {
	if len(list) == 0 {
		delete(sh.users, uid)
		return
	}
	sh.users[uid] = list
}

// sweep removes all sessions of a gate and returns how many there were.
func (t *table) sweep(g *gate) (removed int) {
	for i := range t.shards {
		removed += t.shards[i].sweep(g)
	}
	return removed
}

// sweep removes a gate's sessions from one shard.
func (sh *shard) sweep(g *gate) (removed int) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	for uid, list := range sh.users {
		before := len(list)
		list = slices.DeleteFunc(list, func(s session) bool { return s.gate == g })
		removed += before - len(list)
		sh.put(uid, list)
	}
	return removed
}

// size counts users and sessions.
func (t *table) size() (users, sessions int) {
	for i := range t.shards {
		sh := &t.shards[i]
		sh.mu.RLock()
		users += len(sh.users)
		for _, list := range sh.users {
			sessions += len(list)
		}
		sh.mu.RUnlock()
	}
	return users, sessions
}
