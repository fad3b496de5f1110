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
// the live sessions of the other members, and to those of the reader on other
// devices, with ReadBy frames. Who is in a pair follows from its name; who is in a
// group the service says with the result. It asks first and tells then: the service alone
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
	s.tell(ctx, batch.Items, results)
	return results, nil
}

// tell pushes what was read to those whom it concerns.
func (s *Server) tell(ctx context.Context, reads []rpc.Read, results *rpc.ReadResults) {
	r := s.receipt()
	tell, quiet := results.Tell, results.Quiet
	for i, result := range results.Items {
		var members []rpc.Hearer
		members, tell = hearersOf(tell, i)
		var spared bool
		spared, quiet = sparedOf(quiet, i)
		if result.Code == msgdef.CodeOK && result.CSeq > 0 {
			read := &reads[i]
			r.found = s.concerned(r.found[:0], read, members, spared)
			s.spread(ctx, r, &msgdef.ReadBy{Conv: read.Conv, UID: read.UID, CSeq: result.CSeq})
		}
	}
	s.finish(ctx, r)
}

// concerned appends the sessions that hear of a position.
func (s *Server) concerned(found []session, read *rpc.Read, members []rpc.Hearer, spared bool) []session {
	peer, pair := msgdef.Peer(read.Conv, read.UID)
	if _, group := msgdef.GroupID(read.Conv); !pair && !group {
		return found
	}
	found = s.table.find(found, read.UID, read.Device)
	if pair {
		if peer != read.UID && !spared {
			found = s.table.find(found, peer, 0)
		}
		return found
	}
	return s.others(found, read.UID, members)
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
