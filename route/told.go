package route

import (
	"context"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/rpc"
)

// pushBytes is how many bytes of bodies go to a gate in one call at most, one
// frame more or less.
const pushBytes = 1 << 20

// Tell implements rpc.Applications. Each gate with a session of a user gets its
// frames in the order of the batch. A gate that fails loses what was for it,
// which is counted, and the others are served. Errors: CodeBadArgument,
// CodeForbidden, CodeTimeout, CodeUnavailable.
func (s *Server) Tell(ctx context.Context, batch *rpc.AppNotices) (*rpc.AppTold, error) {
	if err := live(ctx); err != nil {
		return nil, err
	}
	if err := s.checkTell(batch); err != nil {
		return nil, err
	}
	missing := s.incomplete()
	if missing != nil && !batch.Partial {
		return nil, &rpc.Error{Code: msgdef.CodeUnavailable, Detail: missing.Error(), Undone: true}
	}
	t := telling{server: s, bytes: make(map[*gate]int)}
	for i := range batch.Items {
		t.notice(ctx, &batch.Items[i])
	}
	for i, g := range t.out.gates {
		t.flush(ctx, g, t.out.batches[i])
	}
	s.counts.told.Add(uint64(t.told))
	return &rpc.AppTold{Sessions: uint32(t.told), Partial: missing != nil}, nil
}

// checkTell finds what no service may send, or not this one.
func (s *Server) checkTell(batch *rpc.AppNotices) error {
	if err := batch.Validate(); err != nil {
		return rpc.Errorf(msgdef.CodeBadArgument, "%v", err)
	}
	now := s.clock()
	for i := range batch.Items {
		n := &batch.Items[i]
		if max(len(n.Body), len(n.JSON)) > frame.MaxBody {
			return rpc.Errorf(msgdef.CodeBadArgument, "notice %d has %d and %d bytes, a frame holds %d",
				i, len(n.Body), len(n.JSON), frame.MaxBody)
		}
		if (i == 0 || n.Type != batch.Items[i-1].Type) && !s.claims.owns(batch.Service, n.Type, now) {
			return rpc.Errorf(msgdef.CodeForbidden, "type 0x%04x is not one that service %q has claimed here", n.Type, batch.Service)
		}
	}
	return nil
}

// telling is one call of Tell.
type telling struct {
	server *Server
	out    fanout[rpc.Frames]
	bytes  map[*gate]int // in the batch of each
	found  []session
	told   int
}

// notice appends the frames of a notice.
func (t *telling) notice(ctx context.Context, n *rpc.AppNotice) {
	for _, uid := range n.UIDs {
		t.found = t.server.table.find(t.found[:0], uid, 0)
		for i := range t.found {
			if to := &t.found[i]; n.Device == 0 || to.device == n.Device {
				t.add(ctx, to, n)
			}
		}
	}
}

// add appends the frame of a session, and makes room first when its gate's
// batch is full.
func (t *telling) add(ctx context.Context, to *session, n *rpc.AppNotice) {
	out := t.out.to(to.gate)
	if len(out.Items) == maxFrames || t.bytes[to.gate] >= pushBytes {
		t.flush(ctx, to.gate, out)
	}
	t.bytes[to.gate] += len(n.Body) + len(n.JSON)
	out.Items = append(out.Items, rpc.Frame{Conn: to.conn, Type: n.Type, Body: n.Body, JSON: n.JSON})
}

// flush hands a batch to its gate.
func (t *telling) flush(ctx context.Context, g *gate, out *rpc.Frames) {
	t.told += t.server.push(ctx, g, out)
	t.bytes[g] = 0
}
