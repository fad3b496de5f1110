package push

import (
	"container/heap"
	"context"
	"sync"
	"time"

	"github.com/sim-im/sim/msgdef/rpc"
)

// row is one row being worked on. It is in exactly one place:
//
//	waiting ─▶ resolving ─▶ calling ─▶ decided ─▶ (confirmed, gone)
//	   ▲           │  └────────────────▲  │obsolete
//	   └──parked◀──┘          let go: gone, and due again
type row struct {
	rpc.PushRow
	published time.Time
	latest    time.Time // for a provider's call
	at        time.Time // when it is resolved
	token     []byte    // decided: the one that is dead
	turn      *lane     // was parked there and is resolved again, because a slot is free
}

// board is the rows of a Server. Each is there from take to its end, and a
// reference to one that is there changes nothing.
type board struct {
	limit int

	mu      sync.Mutex
	ended   bool // takes no more
	rows    map[uint64]*row
	waiting schedule
	decided []*row
	calls   int
	room    chan struct{} // closed when a row ends; nil when nobody waits

	due     chan struct{} // holds one wake-up: waiting has changed
	outcome chan struct{} // holds one wake-up: decided has grown
}

func newBoard(limit int) *board {
	return &board{
		limit: limit, rows: make(map[uint64]*row),
		due: make(chan struct{}, 1), outcome: make(chan struct{}, 1),
	}
}

// take adds a row and waits for room. It is false when the row is there
// already; the error says that it came to nothing.
func (b *board) take(ctx context.Context, r *row) (bool, error) {
	for {
		b.mu.Lock()
		if b.ended {
			b.mu.Unlock()
			return false, errClosing
		}
		if b.rows[r.ID] != nil {
			b.mu.Unlock()
			return false, nil
		}
		if len(b.rows) < b.limit {
			b.rows[r.ID] = r
			b.push(r)
			b.mu.Unlock()
			return true, nil
		}
		room := b.awaitRoom()
		b.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

// roomy waits until another row would be taken; false when ctx ended.
func (b *board) roomy(ctx context.Context) bool {
	for ctx.Err() == nil {
		b.mu.Lock()
		if len(b.rows) < b.limit {
			b.mu.Unlock()
			return true
		}
		room := b.awaitRoom()
		b.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
		}
	}
	return false
}

// next returns up to n rows whose time has come, or how long until the first.
func (b *board) next(now time.Time, n int) (rows []*row, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(rows) < n && len(b.waiting) > 0 {
		if wait = b.waiting[0].at.Sub(now); wait > 0 {
			return rows, wait
		}
		rows = append(rows, heap.Pop(&b.waiting).(*row))
	}
	return rows, time.Hour // somebody wakes the caller before
}

// again has rows wait until at.
func (b *board) again(at time.Time, rows ...*row) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range rows {
		r.at = at
		b.push(r)
	}
}

// decide hands a row over to be confirmed.
func (b *board) decide(r *row) {
	b.mu.Lock()
	b.decided = append(b.decided, r)
	b.mu.Unlock()
	wake(b.outcome)
}

// outcomes returns up to n rows to be confirmed.
func (b *board) outcomes(n int) []*row {
	b.mu.Lock()
	defer b.mu.Unlock()
	n = min(n, len(b.decided))
	rows := b.decided[:n:n]
	b.decided = b.decided[n:]
	return rows
}

// remove ends rows.
func (b *board) remove(rows ...*row) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range rows {
		delete(b.rows, r.ID)
	}
	if b.room != nil {
		close(b.room)
		b.room = nil
	}
}

// end takes no more rows and returns those that wait.
func (b *board) end() []*row {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = true
	rows := b.waiting
	b.waiting = nil
	return rows
}

// calling counts calls under way.
func (b *board) calling(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls += n
}

func (b *board) size() (rows, calls int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.rows), b.calls
}

// push adds to waiting. The lock is held.
func (b *board) push(r *row) {
	heap.Push(&b.waiting, r)
	wake(b.due)
}

// awaitRoom returns what is closed when a row ends. The lock is held.
func (b *board) awaitRoom() <-chan struct{} {
	if b.room == nil {
		b.room = make(chan struct{})
	}
	return b.room
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // a wake-up is under way already
	}
}
