package gate

import (
	"sync"
	"time"
)

// mostAllowances is how many users an allowance remembers, some 100 bytes each.
const mostAllowances = 64 << 10

// allowance bounds how many of something users get, like tickets that the registry
// keeps, by logging in again and again. It outlives the user's connections. Its zero
// value is ready.
type allowance struct {
	mu    sync.Mutex
	users map[uint64]*bucket
}

// take returns how many of n a user gets.
func (a *allowance) take(uid uint64, n int, r rate, now time.Duration) (given int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	b := a.users[uid]
	if b == nil {
		b = a.enter(uid)
	}
	for given < n {
		if _, ok := b.take(r, now); !ok {
			break
		}
		given++
	}
	return given
}

// enter remembers a user. Who is forgotten for it is left to the order of the
// map, so that nobody can aim. a.mu is held.
func (a *allowance) enter(uid uint64) *bucket {
	if a.users == nil {
		a.users = make(map[uint64]*bucket)
	}
	for other := range a.users {
		if len(a.users) < mostAllowances {
			break
		}
		delete(a.users, other)
	}
	b := new(bucket)
	a.users[uid] = b
	return b
}

// sweep forgets the users who would be judged like new ones.
func (a *allowance) sweep(now time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for uid, b := range a.users {
		if b.full(now) {
			delete(a.users, uid)
		}
	}
}
