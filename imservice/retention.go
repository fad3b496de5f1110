package imservice

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// retention drops what is kept no longer: entries of inboxes, messages, and what
// repeated sends are recognised by. It goes round all there is, as often as Sweep
// says, and raises floors through the sequencer, so that what a commit is built on
// does not vanish under it:
//
//	InboxFloor         a device that was away for longer gets SyncTooLong
//	ConversationFloor  history ends there
//	SentFloor          a counter up to it is too old to be told whether it repeats
//
// It looks at applied rows: what is as old as that is durable.
type retention struct {
	store  store.Store
	log    *slog.Logger
	now    func() time.Time
	limits Limits
	in     *intake
	counts *counters

	loop loop
}

const (
	ownersAtOnce = 256  // read at a time
	dropAtOnce   = 1000 // rows in one commit, about
)

func newRetention(s *Server) *retention {
	o := s.options
	return &retention{
		store: o.Store, log: o.Logger, now: o.Now, limits: o.Limits, in: s.intake, counts: &s.counters,
	}
}

// run drops from time to time, until ctx ends.
func (r *retention) run(ctx context.Context) {
	tick := time.NewTicker(r.limits.Sweep)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := r.sweep(ctx); err != nil && ctx.Err() == nil {
			r.log.Warn("what is kept no longer was not all dropped; the next sweep goes on", "error", err)
		}
	}
}

// sweep drops all that is too old now. It gives the service as much time as it
// takes itself.
func (r *retention) sweep(ctx context.Context) error {
	now := r.now()
	var errs []error
	for _, part := range []struct {
		keep time.Duration
		pass func(*trimmer) error
	}{
		{r.limits.KeepInbox, r.sweepInboxes},
		{r.limits.KeepSent, r.sweepSent},
		{r.limits.KeepSignIns, r.sweepSignIns},
	} {
		if part.keep > 0 {
			errs = append(errs, r.pass(ctx, now.Add(-part.keep), part.pass))
		}
	}
	errs = append(errs, r.pass(ctx, now, r.sweepConversations))
	return errors.Join(errs...)
}

// pass goes round once for what is before a time.
func (r *retention) pass(ctx context.Context, before time.Time, visit func(*trimmer) error) error {
	t := &trimmer{ctx: ctx, retention: r, before: before.UnixMilli(), begun: time.Now()}
	return errors.Join(visit(t), t.flush())
}

func (r *retention) sweepInboxes(t *trimmer) error {
	return owners(t.ctx, r.store.Inboxes, func(uid uint64) error {
		floor, err := r.store.InboxFloor(uid)
		if err != nil {
			return err
		}
		head, err := r.store.InboxHead(uid)
		if err != nil {
			return err
		}
		to, err := t.lastOld(floor, head, func(useq uint64) (int64, error) { return r.entryAt(uid, useq) })
		if err != nil {
			return err
		}
		return t.steps(floor, to, func(to uint64) error {
			t.next.inboxes = append(t.next.inboxes, store.InboxFloor{UID: uid, USeq: to})
			return nil
		})
	})
}

// entryAt returns when an entry was sent; 0 when its message is gone already.
func (r *retention) entryAt(uid, useq uint64) (int64, error) {
	rows, err := r.store.Inbox(nil, uid, useq-1, useq, 1, 1)
	if err != nil || len(rows) == 0 || rows[0].Bytes == nil {
		return 0, err
	}
	var m msgdef.Message
	err = m.DecodeAlias(rows[0].Bytes)
	return m.At, err
}

// sweepConversations begins with what is before now, and knows of each conversation
// how much older its messages may be.
func (r *retention) sweepConversations(t *trimmer) error {
	now := t.before
	return owners(t.ctx, r.store.Conversations, func(conv msgdef.Conversation) error {
		keep, err := r.keeps(conv)
		if keep <= 0 || err != nil {
			return err
		}
		t.before = now - keep.Milliseconds()
		floor, err := r.store.ConversationFloor(conv)
		if err != nil {
			return err
		}
		head, err := r.store.ConversationHead(conv)
		if err != nil {
			return err
		}
		to, err := t.lastOld(floor.CSeq, head, func(cseq uint64) (int64, error) {
			m, err := message(r.store, conv, cseq)
			return m.At, err
		})
		if err != nil {
			return err
		}
		return t.steps(floor.CSeq, to, func(to uint64) error {
			m, err := message(r.store, conv, to)
			t.next.conversations = append(t.next.conversations, store.ConversationFloor{Conv: conv, CSeq: to, At: m.At, Count: m.Count})
			return err
		})
	})
}

// keeps returns for how long messages of a conversation are kept, 0 for ever: as long
// as those of others, or less where a group says so. Where the two of a pair say so each
// message knows it by itself, see keep.go.
func (r *retention) keeps(conv msgdef.Conversation) (time.Duration, error) {
	all := max(r.limits.KeepMessages, 0)
	if _, is := msgdef.GroupID(conv); !is {
		return all, nil
	}
	g, err := r.store.Group(conv)
	if errors.Is(err, store.ErrNotFound) {
		return all, nil
	}
	if own := time.Duration(g.Info.Keep) * 24 * time.Hour; own > 0 && (all == 0 || own < all) {
		return own, err
	}
	return all, err
}

// message reads and decodes one.
func message(s store.Conversations, conv msgdef.Conversation, cseq uint64) (m msgdef.Message, err error) {
	encoded, err := s.Message(conv, cseq)
	if err == nil {
		err = m.DecodeAlias(encoded)
	}
	return m, err
}

func (r *retention) sweepSent(t *trimmer) error {
	return owners(t.ctx, r.store.Senders, func(of store.Sender) error {
		for floor := uint64(0); ; {
			rows, err := r.store.SentAfter(nil, of, floor, dropAtOnce)
			if err != nil {
				return err
			}
			old, err := r.oldRows(t, rows)
			if err != nil || old == 0 {
				return err
			}
			floor = rows[old-1].Counter
			t.next.sent = append(t.next.sent, store.SentFloor{Sender: of, Counter: floor})
			if err := t.took(uint64(old)); err != nil || old < dropAtOnce {
				return err
			}
		}
	})
}

// oldRows returns how many of a device's rows, from the first, are too old. The
// counters of a device grow as it sends.
func (r *retention) oldRows(t *trimmer, rows []store.SentRow) (n int, err error) {
	for _, row := range rows {
		m, err := message(r.store, row.Conv, row.CSeq)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return n, err
		}
		if err == nil && m.At >= t.before {
			break
		}
		n++
	}
	return n, nil
}

// owners has visit called with each owner that list has, page by page.
func owners[T any](ctx context.Context, list func(dst []T, after T, limit int) ([]T, error), visit func(T) error) error {
	var after T
	for {
		page, err := list(nil, after, ownersAtOnce)
		if err != nil {
			return err
		}
		for _, owner := range page {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err := visit(owner); err != nil {
				return err
			}
			after = owner
		}
		if len(page) < ownersAtOnce {
			return nil
		}
	}
}

// trimmer gathers floors and has them committed.
type trimmer struct {
	*retention
	ctx    context.Context
	before int64 // what is older goes, Unix milliseconds
	begun  time.Time
	next   trim
	rows   uint64
}

// lastOld returns the greatest sequence above floor, up to head, that is too old,
// or floor. Times do not go back with growing sequences but for steps of the clock.
func (t *trimmer) lastOld(floor, head uint64, at func(seq uint64) (int64, error)) (uint64, error) {
	if head <= floor {
		return floor, nil
	}
	young := func(i uint64) (bool, error) {
		when, err := at(floor + 1 + i)
		return when >= t.before, err
	}
	if first, err := young(0); first || err != nil { // as a rule
		return floor, err
	}
	old, err := firstWhere(head-floor, young)
	return floor + old, err
}

// steps has add called with floors up to one, so that no commit drops too much.
func (t *trimmer) steps(floor, to uint64, add func(to uint64) error) error {
	for floor < to {
		next := min(to, floor+dropAtOnce)
		if err := add(next); err != nil {
			return err
		}
		if err := t.took(next - floor); err != nil {
			return err
		}
		floor = next
	}
	return nil
}

// took notes that the last floor drops n rows. What comes next may be of the same
// owner, who stands in a commit once.
func (t *trimmer) took(n uint64) error {
	t.rows += n
	if n < dropAtOnce && t.rows < dropAtOnce && t.next.size() < ownersAtOnce {
		return nil
	}
	return t.flush()
}

// flush has what was gathered committed, and waits as long as it took.
func (t *trimmer) flush() error {
	if t.next.size() == 0 {
		return nil
	}
	errand, rows := t.next, t.rows
	errand.awaited = make(awaited, 1)
	t.next, t.rows = trim{}, 0
	if err := t.in.carryOut(&errand, errand.size(), errand.awaited); err != nil {
		return fmt.Errorf("nothing was dropped: %w", err)
	}
	t.counts.dropped.Add(rows)
	pause := time.NewTimer(time.Since(t.begun))
	defer pause.Stop()
	select {
	case <-pause.C:
	case <-t.ctx.Done():
	}
	t.begun = time.Now()
	return t.ctx.Err()
}
