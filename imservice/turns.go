package imservice

import (
	"container/list"
	"context"
	"sync"
)

// rank is how much there is to say for somebody who brings a password, before it
// was looked at. While all cores that hashes may take are busy, those of a better
// rank are served first, and those of a worse one have a queue of their own to
// fill: a flood of guesses waits for, and refuses, nobody but itself.
type rank uint8

// The ranks, the best first.
const (
	rankKnown   rank = iota // a device that has logged in to this account before; nobody else knows its number
	rankClean               // the only attempt of its source now, and none was wrong lately
	rankSuspect             // all others

	ranks
)

// turns lets so many at once, and those who wait in the order of their ranks.
type turns struct {
	mu      sync.Mutex
	free    int
	most    int              // that wait, in each rank
	waiting [ranks]list.List // of chan struct{}, closed when it is their turn
}

func newTurns(atOnce, waiting int) *turns { return &turns{free: atOnce, most: waiting} }

// take waits for a turn, which done ends. errHashesBusy says that too many of the
// same rank wait already.
func (t *turns) take(ctx context.Context, r rank) error {
	t.mu.Lock()
	if t.free > 0 {
		t.free--
		t.mu.Unlock()
		return nil
	}
	q := &t.waiting[r]
	if q.Len() >= t.most {
		t.mu.Unlock()
		return errHashesBusy
	}
	turn := make(chan struct{})
	place := q.PushBack(turn)
	t.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	select {
	case <-turn: // just now; somebody else has it
		t.pass()
	default:
		q.Remove(place)
	}
	return ctx.Err()
}

// done ends a turn.
func (t *turns) done() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pass()
}

// pass gives a turn to who is next. The lock is held.
func (t *turns) pass() {
	for r := range t.waiting {
		if first := t.waiting[r].Front(); first != nil {
			close(t.waiting[r].Remove(first).(chan struct{}))
			return
		}
	}
	t.free++
}

// queued returns how many wait.
func (t *turns) queued() (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for r := range t.waiting {
		n += t.waiting[r].Len()
	}
	return n
}
