package imservice

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef/rpc"
)

// sweepPause is between looks for rows that are too old.
const sweepPause = time.Minute

// Confirm implements rpc.Outbox. A power cut soon after may bring rows back,
// which pushes them again.
func (s *Server) Confirm(ctx context.Context, outcomes *rpc.PushOutcomes) error {
	if err := s.enter(ctx, len(outcomes.Items), maxPushes); err != nil {
		return err
	}
	defer s.leave()
	if err := s.outbox.confirm(outcomes.Items); err != nil {
		return s.failure(err)
	}
	for i := range outcomes.Items {
		o := &outcomes.Items[i]
		if len(o.Token) == 0 {
			continue
		}
		if err := s.outbox.devices.drop(o.UID, o.Device, o.Token); err != nil {
			return s.failure(err)
		}
	}
	return nil
}

// confirm removes rows that are there, each once.
func (b *outbox) confirm(outcomes []rpc.PushOutcome) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	rows := make([]store.OutboxRow, 0, len(outcomes))
	for i := range outcomes {
		row, ok, err := b.find(outcomes[i].ID, device{outcomes[i].UID, outcomes[i].Device})
		if err != nil {
			return err
		}
		if ok {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(x, y store.OutboxRow) int { return cmp.Compare(x.ID, y.ID) })
	rows = slices.Compact(rows)
	if err := b.remove(rows); err != nil {
		return err
	}
	b.confirmed.Add(uint64(len(rows)))
	return nil
}

// run removes what is too old, now and then, until the outbox is closed.
func (b *outbox) run() {
	defer close(b.done)
	tick := time.NewTicker(sweepPause)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := b.expire(); err != nil {
				b.log.Warn("old rows of the outbox stay for now", "error", err)
			}
			if err := b.recount(); err != nil {
				b.log.Warn("the rows of the outbox were not counted", "error", err)
			}
		case <-b.bell.stopped:
			return
		}
	}
}

// recount counts what others have added and removed in a shared store meanwhile.
func (b *outbox) recount() error {
	if b.shared == nil {
		return nil
	}
	tokens, err := b.shared.PushTokenCount()
	if err != nil {
		return err
	}
	b.devices.count.Store(int64(tokens))
	b.waiting.forget()
	return b.count(math.MaxUint64)
}

// expire removes the rows of messages that are too old to be pushed. They are
// the first ones, since rows stand in the order of their commits.
func (b *outbox) expire() error {
	for more := true; more; {
		var err error
		if more, err = b.expirePage(b.now().Add(-b.limits.PushAge)); err != nil {
			return err
		}
	}
	return nil
}

// expirePage removes a page of rows, and tells whether there may be another.
func (b *outbox) expirePage(before time.Time) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	rows, err := b.store.OutboxRows(nil, b.swept, b.durable.Load(), maxPushes)
	if err != nil {
		return false, err
	}
	old := rows
	for i := range rows {
		if rows[i].At >= before.UnixMilli() {
			old = rows[:i]
			break
		}
	}
	if len(old) == 0 {
		return false, nil
	}
	if err := b.remove(old); err != nil {
		return false, err
	}
	if b.shared == nil { // else rows may come before those that were looked at
		b.swept = old[len(old)-1].ID
	}
	b.expired.Add(uint64(len(old)))
	return len(old) == maxPushes, nil
}
