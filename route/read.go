package route

import (
	"context"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// Limits of the schema, see rpc.Reads and rpc.Frames.
const (
	maxReads  = 4096
	maxFrames = 4096
)

// Read implements rpc.Messages. Before it passes the positions on, it tells the
// live sessions of the other member, and those of the reader on other devices,
// with ReadBy frames. Who is not in the conversation tells nobody, as its name
// says who is; the service refuses the item. Positions are told as they were
// asked for: ConvPage has those that were stored.
func (s *Server) Read(ctx context.Context, batch *rpc.Reads) (*rpc.Outcomes, error) {
	if err := live(ctx); err != nil {
		return nil, err
	}
	if len(batch.Items) > maxReads {
		return nil, rpc.Errorf(msgdef.CodeBadArgument, "%d reads, at most %d", len(batch.Items), maxReads)
	}
	s.tell(ctx, batch.Items)
	return s.Service.Read(ctx, batch)
}

// receipts is the scratch memory of one Read.
type receipts struct {
	out    fanout[rpc.Frames]
	found  []session
	bodies []byte // of the frames, one after the other
}

// tell pushes what was read to those whom it concerns.
func (s *Server) tell(ctx context.Context, reads []rpc.Read) {
	r, ok := s.receipts.Get().(*receipts)
	if !ok {
		r = new(receipts)
	}
	for i := range reads {
		s.tellOne(ctx, r, &reads[i])
	}
	for i, g := range r.out.gates {
		s.push(ctx, g, r.out.batches[i])
	}
	r.out.reset()
	clear(r.found[:cap(r.found)])
	r.bodies = r.bodies[:0]
	s.receipts.Put(r)
}

// tellOne appends the frames of one position. When bodies grows, the frames
// appended before keep pointing to the memory it had, which is still right.
func (s *Server) tellOne(ctx context.Context, r *receipts, read *rpc.Read) {
	peer, ok := msgdef.Peer(read.Conv, read.UID)
	if !ok {
		return
	}
	r.found = s.table.find(r.found[:0], read.UID, read.Device)
	if peer != read.UID {
		r.found = s.table.find(r.found, peer, 0)
	}
	if len(r.found) == 0 {
		return
	}
	frame := msgdef.ReadBy{Conv: read.Conv, UID: read.UID, CSeq: read.CSeq}
	start := len(r.bodies)
	r.bodies = frame.Append(r.bodies)
	body := r.bodies[start:len(r.bodies):len(r.bodies)]
	for _, to := range r.found {
		out := r.out.to(to.gate)
		if len(out.Items) == maxFrames {
			s.push(ctx, to.gate, out)
		}
		out.Items = append(out.Items, rpc.Frame{Conn: to.conn, Type: uint16(frame.Type()), Body: body})
	}
}

// push hands a batch to its gate and empties it.
func (s *Server) push(ctx context.Context, g *gate, out *rpc.Frames) {
	if n := len(out.Items); n > 0 {
		out.Epoch = g.epoch
		err := g.api.Push(ctx, out)
		s.losses.note(g, "push", n, err)
		if err == nil {
			s.counts.pushed.Add(uint64(n))
		}
	}
	clear(out.Items)
	out.Items = out.Items[:0]
}
