package route

import (
	"slices"
	"sync"

	"github.com/sim-im/sim/msgdef"
)

// shardBits gives 64 shards: enough that cores rarely meet at one lock.
const shardBits = 6

// session is a live connection of a device.
type session struct {
	gate   *gate
	device uint64
	conn   uint64
	since  int64  // Unix milliseconds
	mark   uint64 // number of the snapshot that named it last

	generation uint64 // of the account, at the login
	platform   msgdef.Platform
	evicted    bool // its gate was told to end it
}

// entry is what adding a session did.
type entry struct {
	added   bool
	first   bool // of its device
	crowded bool // the user may have sessions that have to give way
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

// add enters a session, or marks one that is there. Nothing is added of a
// connection that has ended, or of a gate that is gone.
func (t *table) add(uid uint64, s session, r rules) (e entry) {
	sh := t.of(uid)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if s.gate.gone.Load() || s.gate.ended.has(s.conn) {
		return entry{}
	}
	list := sh.users[uid]
	if i := slices.IndexFunc(list, s.is); i >= 0 {
		list[i].mark = s.mark
		return entry{}
	}
	e.added = true
	e.first = !slices.ContainsFunc(list, func(o session) bool { return o.device == s.device })
	e.crowded = !e.first || len(list) >= r.devices || r.policy != AllDevices && len(list) > 0
	sh.users[uid] = append(list, s)
	return e
}

// remove takes a session out and remembers that its connection has ended. last
// says that its device has no other one.
func (t *table) remove(uid uint64, s session) (removed, last bool) {
	sh := t.of(uid)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	s.gate.ended.add(s.conn)
	list := sh.users[uid]
	i := slices.IndexFunc(list, s.is)
	if i < 0 {
		return false, false
	}
	list = slices.Delete(list, i, i+1)
	sh.put(uid, list)
	return true, !slices.ContainsFunc(list, func(o session) bool { return o.device == s.device })
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

// sweep removes the sessions of a gate, all or those that a snapshot did not
// name, and returns how many there were. removed hears of each, and whether its
// device has no other one, while a lock is held.
func (t *table) sweep(g *gate, named uint64, removed func(uid uint64, s session, last bool)) (n int) {
	for i := range t.shards {
		n += t.shards[i].sweep(g, named, removed)
	}
	return n
}

// sweep removes a gate's sessions from one shard.
func (sh *shard) sweep(g *gate, named uint64, removed func(uint64, session, bool)) (n int) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	for uid, list := range sh.users {
		for i := 0; i < len(list); {
			s := list[i]
			if s.gate != g || (named != 0 && s.mark == named) {
				i++
				continue
			}
			list = slices.Delete(list, i, i+1)
			n++
			removed(uid, s, !slices.ContainsFunc(list, func(o session) bool { return o.device == s.device }))
		}
		sh.put(uid, list)
	}
	return n
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
