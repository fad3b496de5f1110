package imservice

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

const (
	dispatchEvery = time.Second // that what is due is looked for
	dispatchMost  = 64          // messages are sent at once
)

// laterItem is what a user sends with l, which it aliases.
func laterItem(uid uint64, l *msgdef.Later) rpc.Send {
	return rpc.Send{UID: uid, Conv: l.Conv, Kind: l.Kind, Body: l.Body, Extra: l.Extra}
}

// dispatcher has sent what is due.
type dispatcher struct {
	store store.Laters
	log   *slog.Logger
	now   func() time.Time
	in    *intake
	loop  loop
}

func newDispatcher(o Options, in *intake) *dispatcher {
	return &dispatcher{store: o.Store, log: o.Logger, now: o.Now, in: in}
}

// run works until ctx ends. The last turn is answered as long as there is a
// pipeline.
func (d *dispatcher) run(ctx context.Context) {
	look := time.NewTimer(dispatchEvery)
	defer look.Stop()
	for {
		select {
		case <-look.C:
		case <-ctx.Done():
			return
		}
		for n := dispatchMost; n == dispatchMost && ctx.Err() == nil; {
			var err error
			if n, err = d.turn(); err != nil {
				d.log.Warn("messages that are due were not sent", "err", err)
			}
		}
		look.Reset(dispatchEvery)
	}
}

// turn has the oldest messages sent that are due, and returns how many rows there
// were.
func (d *dispatcher) turn() (int, error) {
	rows, err := d.store.LatersDue(nil, d.now().UnixMilli(), dispatchMost)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	e, weight := &dispatch{awaited: make(awaited, 1)}, 0
	for _, due := range rows {
		row, err := d.store.Later(due.LaterName)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return 0, err
		}
		weight += e.add(row, d)
	}
	if len(e.rows)+len(e.damaged) > 0 {
		err = d.in.carryOut(e, weight, e.awaited)
	}
	if err != nil {
		return 0, fmt.Errorf("dispatch: %w", err)
	}
	return len(rows), nil
}

// add adds what is due, and returns what it weighs.
func (d *dispatch) add(row store.LaterRow, by *dispatcher) (weight int) {
	var l msgdef.Later
	if err := l.Decode(row.Bytes); err != nil {
		by.log.Error("a message cannot be sent: what waits is damaged", "uid", row.UID, "cseq", row.CSeq, "err", err)
		row.Gone = true
		d.damaged = append(d.damaged, row)
		return 1
	}
	it := laterItem(row.UID, &l)
	d.rows, d.items = append(d.rows, row), append(d.items, it)
	return 1 + by.in.weigh(&it)
}

// Laters implements rpc.Past.
func (s *Server) Laters(ctx context.Context, query *rpc.LatersQuery) (*rpc.LatersReply, error) {
	if err := s.enter(ctx, 0, 0); err != nil {
		return nil, err
	}
	defer s.leave()
	rows, err := s.options.Store.LatersOf(nil, query.UID, mostLaters)
	if err == nil {
		err = s.told(ctx, msgdef.Stream(query.UID))
	}
	if err != nil {
		return nil, s.failure(err)
	}
	reply := &rpc.LatersReply{List: make([]msgdef.PendingLater, len(rows))}
	for i := range rows {
		reply.List[i].CSeq = rows[i].CSeq
		if err := reply.List[i].Later.Decode(rows[i].Bytes); err != nil {
			return nil, s.failure(fmt.Errorf("what waits as %d of user %d: %w", rows[i].CSeq, query.UID, err))
		}
	}
	return reply, nil
}

// told returns when all is durable that was read of what a stream tells.
func (s *Server) told(ctx context.Context, stream msgdef.Conversation) error {
	if s.heads.shared != nil {
		return nil
	}
	newest, err := s.options.Store.ConversationHead(stream)
	if err != nil {
		return err
	}
	durable, err := s.heads.conversations.durable(stream)
	if err == nil && newest > durable {
		err = s.synced(ctx)
	}
	return err
}
