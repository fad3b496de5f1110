package imservice

import (
	"context"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// evictions end the sessions that a verdict left without a right to be there.
// Each is in the store, in the same commit as the verdict, until it is done:
//
//	begin ──▶ due ──Evict says that all routes did it──▶ due again after a pause ──▶ … ──▶ dropped
//	           ▲ │
//	           └─┘ it failed: again, with growing pauses, for EvictionLife
//
// Why more than once: a login may have been checked before the verdict and be
// registered after the routes were told. A gate registers what it asked for within
// 25 s, or never (LoginCall and Call of gate.Times; with a ticket twice Call, and
// Login), so a pass that comes later ends it; the last one is for gates that were
// stopped meanwhile. That all passes but the first are harmless comes from the
// generation: who has logged in after the verdict has a later one, and stays.
type evictions struct {
	store   store.Verdicts
	log     *slog.Logger
	now     func() time.Time
	evictor rpc.Evictor
	shared  bool // other services have the store too
	limit   int
	life    time.Duration
	timeout time.Duration // of a call

	mu        sync.Mutex
	pending   map[evictee]*eviction
	done      uint64 // that passed all passes
	abandoned uint64

	wake    chan struct{} // holds one
	loop    loop
	adopted time.Time // when it was looked for those of others; run's
}

// evictee is whose sessions end.
type evictee struct{ uid, device uint64 }

// eviction is one that is under way.
type eviction struct {
	store.Eviction
	since    time.Time // it is known to this process
	passes   int       // that succeeded
	failures int       // in a row
	next     time.Time
}

// evictionPauses follow the passes; after the last of them comes a last pass.
func evictionPauses() []time.Duration {
	return []time.Duration{time.Second, 5 * time.Second, 25 * time.Second, 5 * time.Minute}
}

const (
	evictionBatch = 4096 // of rpc.Evictions
	evictionRetry = 250 * time.Millisecond
	evictionSlow  = 2 * time.Second // between the tries of one that fails and fails
)

// newEvictions reads what is left from before.
func newEvictions(o Options) (*evictions, error) {
	e := &evictions{
		store: o.Store, log: o.Logger, now: o.Now, evictor: o.Evictor,
		limit: o.Limits.Evictions, life: o.Limits.EvictionLife, timeout: o.Limits.NotifyTimeout,
		pending: make(map[evictee]*eviction), wake: make(chan struct{}, 1),
	}
	_, e.shared = o.Store.(store.Shared)
	rows, err := e.store.Evictions(math.MaxInt)
	for _, row := range rows {
		e.pending[evictee{row.UID, row.Device}] = &eviction{Eviction: row, since: e.now()}
	}
	return e, err
}

// room tells whether one more can be kept.
func (e *evictions) room(row store.Eviction) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.pending) < e.limit || e.pending[evictee{row.UID, row.Device}] != nil
}

// begin starts one that the store has. An earlier one of the same is in it.
func (e *evictions) begin(row store.Eviction) {
	e.mu.Lock()
	e.pending[evictee{row.UID, row.Device}] = &eviction{Eviction: row, since: e.now()}
	e.mu.Unlock()
	e.look()
}

// look has run look at once what is due.
func (e *evictions) look() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// run carries evictions out until ctx ends. What is left the next start does.
func (e *evictions) run(ctx context.Context) {
	if e.evictor == nil {
		return // they wait for a start with one
	}
	for ctx.Err() == nil {
		e.adopt()
		batch, wait := e.due(e.now())
		if len(batch) > 0 {
			e.pass(ctx, batch)
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-e.wake:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// due returns evictions whose time has come, or how long there are none.
func (e *evictions) due(now time.Time) (batch []*eviction, wait time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	wait = time.Hour
	if e.shared {
		wait = adoptAfter
	}
	for _, p := range e.pending {
		if left := p.next.Sub(now); left > 0 {
			wait = min(wait, left)
		} else if len(batch) < evictionBatch {
			batch = append(batch, p)
		}
	}
	return batch, wait
}

// pass has the routes end sessions, and keeps what came of it.
func (e *evictions) pass(ctx context.Context, batch []*eviction) {
	in := &rpc.Evictions{Items: make([]rpc.Eviction, len(batch))}
	for i, p := range batch {
		in.Items[i] = rpc.Eviction{UID: p.UID, Device: p.Device, Generation: p.Generation, Code: p.Code, Detail: p.Detail, Gate: p.Stays.Gate, Conn: p.Stays.Conn}
	}
	began := e.now() // the pause that follows counts from here
	call, cancel := context.WithTimeout(ctx, e.timeout)
	err := e.evictor.Evict(call, in)
	if rpc.CodeOf(err) == msgdef.CodeBadArgument && undeleted(in) {
		err = e.evictor.Evict(call, in)
	}
	cancel()
	if err != nil && ctx.Err() == nil {
		e.log.Warn("sessions were not ended yet; it is tried again", "users", len(batch), "error", err)
	}
	over := e.settle(batch, err == nil, began)
	if len(over) == 0 {
		return
	}
	if err := e.store.DropEvictions(over); err != nil { // the next start does them again
		e.log.Warn("evictions that are over were not dropped", "users", len(over), "error", err)
	}
}

// undeleted has evictions say what routes know that are from before accounts could be
// deleted, and tells whether it is anything else.
func undeleted(in *rpc.Evictions) (other bool) {
	for i := range in.Items {
		if it := &in.Items[i]; it.Code == msgdef.CodeDeleted {
			it.Code, other = msgdef.CodeRevoked, true
		}
	}
	return other
}

// settle notes the outcome of a pass, and returns those that are over.
func (e *evictions) settle(batch []*eviction, done bool, now time.Time) (over []store.Eviction) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, p := range batch {
		who := evictee{p.UID, p.Device}
		if e.pending[who] != p {
			continue // a later one has its place
		}
		switch over := p.passed(done, now); {
		case over:
			e.done++
		case !done && now.Sub(p.since) > e.life:
			e.abandoned++
			e.log.Error("sessions may not have been ended: the routes could not be told for too long", "uid", p.UID, "device", p.Device)
		default:
			continue
		}
		delete(e.pending, who)
		over = append(over, p.Eviction)
	}
	return over
}

// passed notes the outcome of a pass, and tells whether it was the last one.
func (p *eviction) passed(done bool, now time.Time) bool {
	if !done {
		p.next = now.Add(min(evictionRetry<<min(p.failures, 16), evictionSlow))
		p.failures++
		return false
	}
	p.failures = 0
	if p.passes == len(evictionPauses()) {
		return true
	}
	p.next = now.Add(evictionPauses()[p.passes])
	p.passes++
	return false
}

// counts returns how many are pending, done and abandoned.
func (e *evictions) counts() (pending int, done, abandoned uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.pending), e.done, e.abandoned
}
