package route

import (
	"context"

	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/rpc"
)

// tidings are a frame that tells of somebody else.
type tidings interface {
	frame.Message
	Append(dst []byte) []byte
}

// receipts is the scratch memory of one call that tells of people.
type receipts struct {
	out    fanout[rpc.Frames]
	found  []session
	bodies []byte // of the frames, one after the other
}

// receipt returns scratch memory, for finish to take back.
func (s *Server) receipt() *receipts {
	r, ok := s.receipts.Get().(*receipts)
	if !ok {
		r = new(receipts)
	}
	return r
}

// spread adds a frame for each of r.found. When bodies grows, the frames added
// before keep pointing to the memory it had, which is still right.
func (s *Server) spread(ctx context.Context, r *receipts, m tidings) {
	if len(r.found) == 0 {
		return
	}
	start := len(r.bodies)
	r.bodies = m.Append(r.bodies)
	body := r.bodies[start:len(r.bodies):len(r.bodies)]
	for _, to := range r.found {
		out := r.out.to(to.gate)
		if len(out.Items) == maxFrames {
			s.push(ctx, to.gate, out)
		}
		out.Items = append(out.Items, rpc.Frame{Conn: to.conn, Type: uint16(m.Type()), Body: body})
	}
}

// finish pushes what was spread.
func (s *Server) finish(ctx context.Context, r *receipts) {
	for i, g := range r.out.gates {
		s.push(ctx, g, r.out.batches[i])
	}
	r.out.reset()
	clear(r.found[:cap(r.found)])
	r.bodies = r.bodies[:0]
	s.receipts.Put(r)
}

// hearersOf takes those of an item off a list, in which they stand by item.
func hearersOf(list []rpc.Hearer, item int) (own, rest []rpc.Hearer) {
	n := 0
	for n < len(list) && list[n].Item == uint32(item) {
		n++
	}
	return list[:n], list[n:]
}

// sparedOf takes an item off a list of those that the other one of a pair is not to
// hear of, and tells whether it is one.
func sparedOf(list []uint32, item int) (spared bool, rest []uint32) {
	for len(list) > 0 && list[0] <= uint32(item) {
		spared, list = spared || list[0] == uint32(item), list[1:]
	}
	return spared, list
}

// others appends the sessions of members other than one.
func (s *Server) others(found []session, uid uint64, members []rpc.Hearer) []session {
	for _, m := range members {
		if m.UID != uid {
			found = s.table.find(found, m.UID, 0)
		}
	}
	return found
}
