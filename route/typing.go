package route

import (
	"context"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// maxTypings is the limit of the schema, see rpc.Typings.
const maxTypings = 4096

// Typing implements rpc.Messages. The service says who hears of a group, and who of
// a pair is to be spared.
func (s *Server) Typing(ctx context.Context, batch *rpc.Typings) (*rpc.TypingReply, error) {
	if err := live(ctx); err != nil {
		return nil, err
	}
	if len(batch.Items) > maxTypings {
		return nil, rpc.Errorf(msgdef.CodeBadArgument, "%d who write, at most %d", len(batch.Items), maxTypings)
	}
	reply, err := s.hearers(ctx, batch)
	if err != nil {
		return nil, err
	}
	r := s.receipt()
	tell, quiet := reply.Tell, reply.Quiet
	for i := range batch.Items {
		var members []rpc.Hearer
		members, tell = hearersOf(tell, i)
		it := &batch.Items[i]
		var spared bool
		if spared, quiet = sparedOf(quiet, i); spared {
			continue
		}
		r.found = s.hearing(r.found[:0], it, members)
		s.spread(ctx, r, &msgdef.TypingBy{Conv: it.Conv, UID: it.UID, Off: it.Off})
	}
	s.finish(ctx, r)
	return reply, nil
}

// hearers asks the service about those of a batch that others may hear of.
func (s *Server) hearers(ctx context.Context, batch *rpc.Typings) (*rpc.TypingReply, error) {
	asked, from := new(rpc.Typings), []uint32(nil)
	for i := range batch.Items {
		it := &batch.Items[i]
		peer, pair := msgdef.Peer(it.Conv, it.UID)
		if _, group := msgdef.GroupID(it.Conv); group || pair && peer != it.UID {
			asked.Items, from = append(asked.Items, *it), append(from, uint32(i))
		}
	}
	if len(from) == 0 {
		return new(rpc.TypingReply), nil
	}
	reply, err := s.Service.Typing(ctx, asked)
	if err != nil {
		return nil, err
	}
	items := make([]*uint32, 0, len(reply.Tell)+len(reply.Quiet))
	for i := range reply.Tell {
		items = append(items, &reply.Tell[i].Item)
	}
	for i := range reply.Quiet {
		items = append(items, &reply.Quiet[i])
	}
	for _, at := range items {
		if uint64(*at) >= uint64(len(from)) {
			return nil, rpc.Errorf(msgdef.CodeUnavailable, "the service answers about item %d of %d", *at, len(from))
		}
		*at = from[*at]
	}
	return reply, nil
}

// hearing appends the sessions of those who hear that somebody writes.
func (s *Server) hearing(found []session, it *rpc.Typing, members []rpc.Hearer) []session {
	if peer, pair := msgdef.Peer(it.Conv, it.UID); pair && peer != it.UID {
		return s.table.find(found, peer, 0)
	}
	return s.others(found, it.UID, members)
}
