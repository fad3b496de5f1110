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

// Read implements rpc.Messages. It tells the positions that the service took to
// the live sessions of the other member, and to those of the reader on other
// devices, with ReadBy frames. It asks first and tells then: the service alone
// knows where a conversation ends, and nobody is told that what does not exist
// was read.
func (s *Server) Read(ctx context.Context, batch *rpc.Reads) (*rpc.ReadResults, error) {
	if err := live(ctx); err != nil {
		return nil, err
	}
	if len(batch.Items) > maxReads {
		return nil, rpc.Errorf(msgdef.CodeBadArgument, "%d reads, at most %d", len(batch.Items), maxReads)
	}
	results, err := s.Service.Read(ctx, batch)
	if err != nil {
		return nil, err
	}
	if len(results.Items) != len(batch.Items) {
		return nil, rpc.Errorf(msgdef.CodeUnavailable, "%d results for %d reads", len(results.Items), len(batch.Items))
	}
	s.tell(ctx, batch.Items, results.Items)
	return results, nil
}

// receipts is the scratch memory of one Read.
type receipts struct {
	out    fanout[rpc.Frames]
	found  []session
	bodies []byte // of the frames, one after the other
}

// tell pushes what was read to those whom it concerns.
func (s *Server) tell(ctx context.Context, reads []rpc.Read, results []rpc.ReadResult) {
	r, ok := s.receipts.Get().(*receipts)
	if !ok {
		r = new(receipts)
	}
	for i := range reads {
		if results[i].Code == msgdef.CodeOK && results[i].CSeq > 0 {
			s.tellOne(ctx, r, &reads[i], results[i].CSeq)
		}
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
func (s *Server) tellOne(ctx context.Context, r *receipts, read *rpc.Read, cseq uint64) {
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
	frame := msgdef.ReadBy{Conv: read.Conv, UID: read.UID, CSeq: cseq}
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

// push hands a batch to its gate and empties it. It returns how many frames the
// gate took.
func (s *Server) push(ctx context.Context, g *gate, out *rpc.Frames) (taken int) {
	if n := len(out.Items); n > 0 {
		out.Epoch = g.epoch
		err := g.api.Push(ctx, out)
		s.losses.note(g, "push", n, err)
		if err == nil {
			s.counts.pushed.Add(uint64(n))
			taken = n
		}
	}
	clear(out.Items)
	out.Items = out.Items[:0]
	return taken
}
