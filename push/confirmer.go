package push

import (
	"context"

	"github.com/sim-im/sim/msgdef/rpc"
)

// confirm removes decided rows from the outbox until ctx ends, or until finish
// is closed and there are none left. A row that cannot be confirmed stays in
// memory, where a second reference to it changes nothing.
func (s *Server) confirm(ctx context.Context, finish <-chan struct{}) {
	for ctx.Err() == nil {
		rows := s.board.outcomes(maxBatch)
		if len(rows) > 0 {
			s.settle(ctx, rows)
			continue
		}
		select {
		case <-s.board.outcome:
			continue
		case <-ctx.Done():
			return
		case <-finish:
		}
		if rows = s.board.outcomes(maxBatch); len(rows) == 0 {
			return
		}
		s.settle(ctx, rows)
	}
}

// settle confirms rows, for as long as that takes.
func (s *Server) settle(ctx context.Context, rows []*row) {
	out := &rpc.PushOutcomes{Items: make([]rpc.PushOutcome, len(rows))}
	for i, r := range rows {
		out.Items[i] = rpc.PushOutcome{ID: r.ID, UID: r.UID, Device: r.Device, Token: r.token}
	}
	for wait := firstRetry; ctx.Err() == nil; wait = sleep(ctx, wait) {
		err := s.confirmOnce(ctx, out)
		s.troubles.confirm.note(ctx, err)
		if err == nil {
			s.counts.confirmed.Add(uint64(len(rows)))
			s.board.remove(rows...)
			return
		}
	}
}

func (s *Server) confirmOnce(ctx context.Context, out *rpc.PushOutcomes) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return s.options.Outbox.Confirm(ctx, out)
}
