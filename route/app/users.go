package app

import (
	"context"
	"fmt"
	"sync"
)

// users are the queues of frames by user: those of a user are handled one
// after another, those of different users at once. A user has a queue, and a
// goroutine, while frames of theirs wait or are handled.
type users struct {
	most, each int

	mu      sync.Mutex
	queues  map[uint64]*queue
	pending int
	empty   chan struct{} // closed when nothing is pending; nil: nobody waits
}

// queue is the frames of a user that wait behind the one that is handled.
type queue struct {
	current *Call
	waiting []*Call
}

// open makes u ready.
func (u *users) open(o Options) {
	u.most, u.each = o.Pending, o.PerUser
	u.queues = make(map[uint64]*queue)
}

// add has a call run when its turn comes. It returns false when too many wait,
// and behind a handler that is late already: waiting for it would only hold up
// the others of the batch.
func (u *users) add(c *Call, run func(*Call)) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	q := u.queues[c.UID]
	if u.pending >= u.most || q != nil && (len(q.waiting)+1 >= u.each || q.current.late()) {
		return false
	}
	u.pending++
	if q != nil {
		q.waiting = append(q.waiting, c)
		return true
	}
	q = &queue{current: c}
	u.queues[c.UID] = q
	go u.work(c, q, run)
	return true
}

// work runs a user's calls until none waits.
func (u *users) work(c *Call, q *queue, run func(*Call)) {
	for c != nil {
		run(c)
		c = u.next(c.UID, q)
	}
}

// next ends a call and returns the next one; nil when there is none.
func (u *users) next(uid uint64, q *queue) (c *Call) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.pending--
	if len(q.waiting) > 0 {
		c = q.waiting[0]
		q.waiting[0] = nil
		q.waiting = q.waiting[1:]
		q.current = c
		return c
	}
	delete(u.queues, uid)
	if u.pending == 0 && u.empty != nil {
		close(u.empty)
		u.empty = nil
	}
	return nil
}

// count returns how many calls are pending.
func (u *users) count() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.pending
}

// wait returns when nothing is pending.
func (u *users) wait(ctx context.Context) error {
	u.mu.Lock()
	if u.pending == 0 {
		u.mu.Unlock()
		return nil
	}
	if u.empty == nil {
		u.empty = make(chan struct{})
	}
	empty := u.empty
	u.mu.Unlock()
	select {
	case <-empty:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("app: %d frames are still being handled: %w", u.count(), ctx.Err())
	}
}
