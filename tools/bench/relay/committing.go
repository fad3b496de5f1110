package relay

import (
	"errors"
	"sync"
	"time"

	engine "github.com/cockroachdb/pebble/v2"
)

// outstanding is how many commits may be applied and not yet durable.
const outstanding = 2

// committing is the stage that answers when messages are on the disk.
//
//	readers ─▶ waiting ──swap──▶ sequencer ──work──▶ syncer ─▶ outboxes
//	           (mu)              places, rows,       waits for the sync
//	                             ApplyNoSyncWait
type committing struct {
	server *Server
	db     *engine.DB
	wake   chan struct{} // holds one token when the first send came
	slots  chan struct{} // one per outstanding commit; the syncer takes them out
	work   chan *batch   // to the syncer, in order
	ended  chan struct{}

	mu      sync.Mutex
	waiting *batch
	resting []*batch // for the next use
	failed  error
	closed  bool
}

var errClosed = errors.New("relay: closed")

func openCommitting(s *Server, dir string) (*committing, error) {
	db, err := openEngine(dir)
	if err != nil {
		return nil, err
	}
	q := &committing{
		server: s, db: db, waiting: new(batch),
		wake: make(chan struct{}, 1), slots: make(chan struct{}, outstanding),
		work: make(chan *batch, outstanding), ended: make(chan struct{}),
	}
	go q.sequence()
	go q.settle()
	return q, nil
}

// take implements stage.
func (q *committing) take(sends []send) error {
	q.mu.Lock()
	if err := q.failed; err != nil {
		q.mu.Unlock()
		return err
	}
	first := len(q.waiting.sends) == 0
	q.waiting.add(sends)
	q.mu.Unlock()
	if first {
		q.signal()
	}
	return nil
}

func (q *committing) signal() {
	select {
	case q.wake <- struct{}{}:
	default: // a token is there already
	}
}

// next swaps the waiting batch out, and waits for one; nil after close.
func (q *committing) next() *batch {
	for {
		q.mu.Lock()
		if b := q.waiting; len(b.sends) > 0 {
			q.waiting = q.rested()
			q.mu.Unlock()
			return b
		}
		closed := q.closed
		q.mu.Unlock()
		if closed {
			return nil
		}
		<-q.wake
	}
}

func (q *committing) rested() *batch {
	n := len(q.resting) - 1
	if n < 0 {
		return new(batch)
	}
	b := q.resting[n]
	q.resting = q.resting[:n]
	return b
}

// sequence is the one goroutine that gives places: its order of commits is the
// order of every inbox and conversation.
func (q *committing) sequence() {
	defer close(q.work)
	for {
		// First a slot, then the batch: what comes while waiting joins it.
		q.slots <- struct{}{}
		b := q.next()
		if b == nil {
			return
		}
		b.build(q.db, time.Now().UnixMilli())
		if b.rows.Empty() {
			b.err = b.rows.Close()
		} else {
			b.err = q.db.ApplyNoSyncWait(b.rows, engine.Sync)
		}
		q.work <- b // never blocks: it has room for every slot
	}
}

// settle waits for the disk and delivers.
func (q *committing) settle() {
	defer close(q.ended)
	sp := newSpread(q.server)
	for b := range q.work {
		if b.err == nil && len(b.places) > 0 {
			b.err = b.rows.SyncWait()
		}
		<-q.slots
		if b.err != nil {
			q.fail(b.err)
			continue
		}
		b.deliver(sp)
		counts := &q.server.counts
		counts.commits.Add(1)
		counts.messagesOut.Add(uint64(len(b.places)))
		q.rest(b)
	}
}

// fail has every reader end its connection.
func (q *committing) fail(err error) {
	q.server.logger.Error("a commit failed", "err", err)
	q.mu.Lock()
	q.failed = err
	q.mu.Unlock()
}

// rest takes a delivered batch back.
func (q *committing) rest(b *batch) {
	if len(b.places) > 0 {
		b.rows.Close()
	}
	b.reset()
	q.mu.Lock()
	q.resting = append(q.resting, b)
	q.mu.Unlock()
}

// close implements stage. The readers have ended.
func (q *committing) close() error {
	q.mu.Lock()
	q.closed = true
	if q.failed == nil {
		q.failed = errClosed
	}
	q.mu.Unlock()
	q.signal()
	<-q.ended
	return q.db.Close()
}
