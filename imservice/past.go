package imservice

import (
	"context"
	"errors"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// Most messages of a page of pins, see msgdef, and how many there are when nobody
// says.
const (
	maxPins  = 100
	somePins = 20
)

// Pins implements rpc.Past.
func (s *Server) Pins(ctx context.Context, query *rpc.PinsQuery) (*rpc.PinsReply, error) {
	if err := s.enter(ctx, 0, 0); err != nil {
		return nil, err
	}
	defer s.leave()
	since, to, err := s.span(query.UID, query.Conv)
	if err != nil {
		return nil, s.failure(err)
	}
	if query.Before != 0 {
		to = min(to, query.Before-1)
	}
	limit := limited(query.Limit, somePins, maxPins)
	cseqs, err := s.options.Store.Pins(nil, query.Conv, since, to, limit+1)
	if err != nil {
		return nil, s.failure(err)
	}
	reply, err := s.pinned(query.Conv, cseqs, limit)
	if err == nil {
		err = s.cover(query.UID, reply.Messages)
	}
	if err != nil {
		return nil, s.failure(err)
	}
	return reply, nil
}

// span returns which messages of a conversation somebody may and wants to read, or a
// refusal.
func (s *Server) span(uid uint64, conv msgdef.Conversation) (since, head uint64, err error) {
	since, code, err := s.reader(conv, uid)
	if err == nil && code != msgdef.CodeOK {
		err = &rpc.Error{Code: code, Detail: "not a member of this conversation"}
	}
	if err == nil {
		_, err = s.heads.users.durable(uid)
	}
	if err == nil {
		since, err = s.uncleared(uid, conv, since)
	}
	if err == nil {
		head, err = s.heads.conversations.durable(conv)
	}
	if err != nil {
		return 0, 0, err
	}
	floor, err := s.floorOf(conv)
	return max(since, floor.CSeq+1), head, err
}

// pinned returns the messages at cseqs, as many as a page has room for. One that
// was unpinned a moment ago, or whose lifetime is over, is left out.
func (s *Server) pinned(conv msgdef.Conversation, cseqs []uint64, limit int) (*rpc.PinsReply, error) {
	reply, room := new(rpc.PinsReply), s.share(1)
	now := s.options.Now().UnixMilli()
	var m msgdef.Message
	var state msgdef.MessageState
	for _, cseq := range cseqs {
		encoded, err := s.options.Store.Message(conv, cseq)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err == nil {
			encoded, err = veil(encoded, now)
		}
		if err == nil {
			err = m.DecodeAlias(encoded)
		}
		if err != nil {
			return nil, err
		}
		if state.DecodeAlias(m.State) != nil || !state.Pinned {
			continue
		}
		if room -= len(encoded); len(reply.Messages) == limit || room < 0 && len(reply.Messages) > 0 {
			reply.More = true
			return reply, nil
		}
		reply.Messages = append(reply.Messages, encoded)
	}
	reply.More = len(cseqs) > limit
	return reply, nil
}
