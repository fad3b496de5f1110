package push

import (
	"context"
	"time"

	"github.com/sim-im/sim/msgdef/rpc"
)

// take is the queue's handler.
func (s *Server) take(ctx context.Context, body []byte) error {
	ref, published, err := parseReference(body)
	if err != nil {
		s.count(BadMessage, 1)
		return nil //nolint:nilerr // it will not get better
	}
	now := s.options.Now()
	r := &row{PushRow: ref, published: published, latest: s.latest(published)}
	if now.After(r.latest) {
		s.count(Late, 1)
		return nil // the row is due again soon
	}
	r.at = time.UnixMilli(ref.At).Add(s.options.Delay)
	if longest := now.Add(s.options.Delay); r.at.After(longest) {
		r.at = longest // the message service's clock is ahead
	}
	taken, err := s.board.take(ctx, r)
	switch {
	case taken:
		s.counts.taken.Add(1)
	case err == nil:
		s.count(Repeated, 1)
	}
	return err
}

// resolve works on rows whose time has come until ctx ends.
func (s *Server) resolve(ctx context.Context) {
	retry := firstRetry
	for ctx.Err() == nil {
		rows, wait := s.board.next(s.options.Now(), resolveMost)
		if len(rows) == 0 {
			s.await(ctx, wait)
			continue
		}
		rows = s.sift(rows)
		if len(rows) == 0 {
			continue
		}
		targets, err := s.targets(ctx, rows)
		s.troubles.resolve.note(ctx, err)
		if err != nil {
			s.board.again(s.options.Now().Add(retry), rows...)
			retry = min(2*retry, lastRetry)
			continue
		}
		retry = firstRetry
		if s.putOff(rows) {
			continue
		}
		for i, r := range rows {
			s.aim(r, &targets[i])
		}
	}
}

// regain is how long it takes gates, after the message service was away, to have
// their sessions pull what they were not told.
const regain = 2 * time.Second

// putOff has rows wait when the outbox has been away and is back only now, and
// tells whether it did. What devices have read meanwhile the outbox learns
// again, as it would have otherwise.
func (s *Server) putOff(rows []*row) bool {
	settled := s.troubles.outbox.since().Add(regain + s.options.Delay)
	if !s.options.Now().Before(settled) {
		return false
	}
	s.board.again(settled, rows...)
	return true
}

// await waits until there may be rows to work on.
func (s *Server) await(ctx context.Context, wait time.Duration) {
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.board.due:
	case <-ctx.Done():
	}
}

// sift ends rows that are too old and returns the others.
func (s *Server) sift(rows []*row) []*row {
	now := s.options.Now()
	kept := rows[:0]
	for _, r := range rows {
		switch {
		case now.Sub(time.UnixMilli(r.At)) > s.options.Expire:
			s.skip(r, Expired)
		case now.After(r.latest):
			s.pass(r)
			s.letGo(Late, r)
		default:
			kept = append(kept, r)
		}
	}
	return kept
}

// targets asks the outbox about rows.
func (s *Server) targets(ctx context.Context, rows []*row) ([]rpc.PushTarget, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	in := &rpc.PushRows{Items: make([]rpc.PushRow, len(rows))}
	for i, r := range rows {
		in.Items[i] = r.PushRow
	}
	out, err := s.options.Outbox.Resolve(ctx, in)
	if err != nil {
		return nil, err
	}
	if len(out.Items) != len(rows) {
		return nil, errAnswer
	}
	return out.Items, nil
}

// aim sends a row on its way to a provider, or ends it.
func (s *Server) aim(r *row, target *rpc.PushTarget) {
	if target.Obsolete {
		s.skip(r, Obsolete)
		return
	}
	lane := s.lanes[target.Provider]
	if lane == nil {
		s.skip(r, NoProvider)
		s.complain(r, NoProvider, nil)
		return
	}
	n, err := s.options.notification(&r.PushRow, target)
	if err != nil {
		s.skip(r, Unreadable)
		s.complain(r, Unreadable, err)
		return
	}
	if r.turn != lane {
		s.pass(r)
	}
	r.turn = nil
	s.enter(lane, r, n)
}

// skip has a row confirmed that needs no provider.
func (s *Server) skip(r *row, why Reason) {
	s.pass(r)
	s.drop(r, why)
}

// pass gives a row's turn to the next one that is parked: it is not the end of a
// call that would do so.
func (s *Server) pass(r *row) {
	if r.turn != nil {
		s.unpark(r.turn, 1)
		r.turn = nil
	}
}

// drop has a row confirmed that is not pushed.
func (s *Server) drop(r *row, why Reason) {
	s.count(why, 1)
	s.board.decide(r)
}

// letGo forgets rows, which are due again after the hold.
func (s *Server) letGo(why Reason, rows ...*row) {
	s.count(why, len(rows))
	s.board.remove(rows...)
}

func (s *Server) count(why Reason, n int) { s.counts.ended[why].Add(uint64(n)) }
