package imservice

import "sync"

// userLocks are locks of users, of whom some share one. Whoever changes what
// the store keeps of a user's families and standing has the user's; so a verdict
// is not undone by a login that began before it.
type userLocks [256]sync.Mutex

// lock locks a user and returns what unlocks.
func (l *userLocks) lock(uid uint64) (unlock func()) {
	mu := &l[uid%uint64(len(l))]
	mu.Lock()
	return mu.Unlock
}
