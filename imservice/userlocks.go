package imservice

import (
	"sync"

	"github.com/sim-im/sim/imservice/store"
)

// userLocks are locks of users, of whom some share one. Whoever changes what
// the store keeps of a user's families and standing has the user's; so a verdict
// is not undone by a login that began before it. Those of a shared store are the
// store's as well.
type userLocks struct {
	here   [256]sync.Mutex
	shared store.Shared // nil: nobody else has the store open
}

func newUserLocks(s store.Store) *userLocks {
	shared, _ := s.(store.Shared)
	return &userLocks{shared: shared}
}

// lock locks a user and returns what unlocks.
func (l *userLocks) lock(uid uint64) (unlock func(), err error) {
	mu := &l.here[uid%uint64(len(l.here))]
	mu.Lock()
	if l.shared == nil {
		return mu.Unlock, nil
	}
	release, err := l.shared.LockUser(uid)
	if err != nil {
		mu.Unlock()
		return nil, err
	}
	return func() { release(); mu.Unlock() }, nil
}
