package imservice

import (
	"context"
	"errors"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// maxWatches is the most items of a batch, see rpc.
const maxWatches = 4096

// Watch implements rpc.Groups. The group is read before the member: who ceases to
// be one in between is refused, or named by a later change than Gone.
func (s *Server) Watch(ctx context.Context, batch *rpc.Watches) (*rpc.WatchReplies, error) {
	if err := s.enter(ctx, len(batch.Items), maxWatches); err != nil {
		return nil, err
	}
	defer s.leave()
	replies := &rpc.WatchReplies{StoreEpoch: s.options.Store.Epoch(), Items: make([]rpc.WatchReply, len(batch.Items))}
	for i := range batch.Items {
		if ctx.Err() != nil {
			return nil, errDeadline
		}
		if err := s.watch(&batch.Items[i], &replies.Items[i]); err != nil {
			return nil, s.failure(err)
		}
	}
	return replies, nil
}

func (s *Server) watch(w *rpc.Watch, r *rpc.WatchReply) error {
	head, big, err := s.topicHead(w.Conv)
	if err != nil {
		return err
	}
	_, _, code, err := s.member(w.Conv, w.UID)
	switch {
	case err != nil || code != msgdef.CodeOK:
		r.Code = code
	case !big:
		r.Code = msgdef.CodeBadArgument
	default:
		r.Head, r.Gone = head.CSeq, head.Gone
	}
	return err
}

// ConvHeads implements rpc.Groups.
func (s *Server) ConvHeads(ctx context.Context, query *rpc.ConvHeadsQuery) (*rpc.ConvHeadsReply, error) {
	if err := s.enter(ctx, len(query.Convs), maxWatches); err != nil {
		return nil, err
	}
	defer s.leave()
	reply := &rpc.ConvHeadsReply{StoreEpoch: s.options.Store.Epoch(), Items: make([]rpc.TopicHead, len(query.Convs))}
	for i, conv := range query.Convs {
		if ctx.Err() != nil {
			return nil, errDeadline
		}
		head, big, err := s.topicHead(conv)
		if err != nil {
			return nil, s.failure(err)
		}
		if big {
			reply.Items[i] = head
		}
	}
	return reply, nil
}

// topicHead returns where a group ends. big tells whether it is one whose messages
// have no place in inboxes.
func (s *Server) topicHead(conv msgdef.Conversation) (head rpc.TopicHead, big bool, err error) {
	if _, ok := msgdef.GroupID(conv); !ok {
		return head, false, nil
	}
	if head.CSeq, err = s.heads.conversations.durable(conv); err != nil {
		return head, false, err
	}
	g, err := s.options.Store.Group(conv)
	if errors.Is(err, store.ErrNotFound) {
		return head, false, nil
	}
	head.Gone = g.Gone
	return head, g.Big != 0 && !g.Dissolved, err
}
