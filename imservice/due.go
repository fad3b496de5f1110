package imservice

import (
	"context"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef/rpc"
)

const (
	maxPushes = 1000 // of rpc.PushRows, rpc.DueReply and rpc.PushOutcomes

	maxWait     = time.Minute // of rpc.DueRequest
	maxHold     = time.Hour
	defaultHold = time.Minute
)

// Due implements rpc.Outbox. Only durable rows are handed out. After a restart
// those held before are due again.
func (s *Server) Due(ctx context.Context, req *rpc.DueRequest) (*rpc.DueReply, error) {
	if err := s.enter(ctx, 0, 0); err != nil {
		return nil, err
	}
	defer s.leave()
	rows, err := s.outbox.due(ctx, req)
	if err != nil {
		return nil, s.failure(err)
	}
	reply := &rpc.DueReply{Items: make([]rpc.PushRow, len(rows))}
	for i, row := range rows {
		reply.Items[i] = rpc.PushRow{ID: row.ID, UID: row.UID, Device: row.Device, USeq: row.USeq, At: row.At}
	}
	return reply, nil
}

// due takes rows, and waits for the first one.
func (b *outbox) due(ctx context.Context, req *rpc.DueRequest) ([]store.OutboxRow, error) {
	limit := min(or(int(req.Limit), maxPushes), maxPushes)
	hold := min(or(time.Duration(req.Hold)*time.Millisecond, defaultHold), maxHold)
	over := time.NewTimer(min(time.Duration(req.Wait)*time.Millisecond, maxWait))
	defer over.Stop()
	for {
		rung := b.bell.listen() // before looking, so that none is missed
		rows, next, err := b.take(limit, hold)
		if len(rows) > 0 || err != nil || req.Wait == 0 {
			return rows, err
		}
		ended, stop := b.when(next)
		select {
		case <-rung:
		case <-ended:
		case <-over.C:
			stop()
			return nil, nil
		case <-ctx.Done():
			stop()
			return nil, errDeadline
		case <-b.bell.stopped:
			stop()
			return nil, errClosing
		}
		stop()
	}
}

// when returns what fires at a time, and what ends it; never at the zero time.
func (b *outbox) when(at time.Time) (<-chan time.Time, func() bool) {
	if at.IsZero() {
		return nil, func() bool { return false }
	}
	timer := time.NewTimer(max(at.Sub(b.now()), time.Millisecond))
	return timer.C, timer.Stop
}
