package route

import (
	"context"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// SaveCursors implements rpc.Messages. It tells what of pairs has arrived by that to the
// live sessions of the other one, with DeliveredTo frames: the service alone knows which
// messages a cursor has passed.
func (s *Server) SaveCursors(ctx context.Context, batch *rpc.Cursors) error {
	if err := live(ctx); err != nil {
		return err
	}
	arrived, err := s.Service.Arrived(ctx, batch)
	if err != nil { // a service from before there was Arrived can save
		return s.Service.SaveCursors(ctx, batch)
	}
	r := s.receipt()
	for i := range arrived.Items {
		a := &arrived.Items[i]
		if peer, pair := msgdef.Peer(a.Conv, a.UID); pair && peer != a.UID {
			r.found = s.table.find(r.found[:0], peer, 0)
			s.spread(ctx, r, &msgdef.DeliveredTo{Conv: a.Conv, UID: a.UID, CSeq: a.CSeq})
		}
	}
	s.finish(ctx, r)
	return nil
}
