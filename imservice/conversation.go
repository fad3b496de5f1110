package imservice

import (
	"context"
	"errors"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// GetConv implements rpc.Messages. Only members read, and only what is durable.
//
// Sending counts as reading: a read mark in the answer is at least the member's
// own newest message on the page.
func (s *Server) GetConv(ctx context.Context, batch *rpc.ConvPulls) (*rpc.ConvPages, error) {
	if err := s.enter(ctx, len(batch.Items), maxPulls); err != nil {
		return nil, err
	}
	defer s.leave()
	pages := &rpc.ConvPages{Items: make([]rpc.ConvPage, len(batch.Items))}
	share := s.share(len(batch.Items))
	for i := range batch.Items {
		if ctx.Err() != nil {
			return nil, errDeadline
		}
		if err := s.pullConv(&batch.Items[i], &pages.Items[i], share); err != nil {
			return nil, s.failure(err)
		}
	}
	return pages, nil
}

func (s *Server) pullConv(p *rpc.ConvPull, page *rpc.ConvPage, maxBytes int) error {
	if page.Code = checkMember(p.Conv, p.UID); page.Code != msgdef.CodeOK {
		return nil
	}
	// Ids are given out in order, so an id that belongs to nobody yet could be
	// guessed; it sees nothing.
	if _, err := s.heads.users.durable(p.UID); errors.Is(err, errUnknownUser) {
		page.Code = msgdef.CodeUnknownUser
		return nil
	} else if err != nil {
		return err
	}
	head, err := s.heads.conversations.durable(p.Conv)
	if err != nil {
		return err
	}
	page.Head = head
	if err := s.pageConv(p, page, maxBytes); err != nil {
		return err
	}
	return s.readMarks(p.Conv, page)
}

// pageConv reads the messages that p asks for, up to page.Head.
func (s *Server) pageConv(p *rpc.ConvPull, page *rpc.ConvPage, maxBytes int) (err error) {
	from, to, newest := uint64(1), page.Head, true
	switch {
	case p.After == ^uint64(0):
		return nil
	case p.After != 0:
		from, newest = p.After+1, false
	case p.Before != 0:
		to = min(to, p.Before-1)
	}
	if from > to {
		return nil
	}
	page.Messages, err = s.options.Store.Range(nil, p.Conv, from, to, newest, s.entries(p.Limit), maxBytes)
	return err
}

// readMarks adds how far each member has read.
func (s *Server) readMarks(conv msgdef.Conversation, page *rpc.ConvPage) error {
	a, b, _ := msgdef.PairMembers(conv)
	members := []uint64{a, b}
	if a == b {
		members = members[:1]
	}
	sent, err := newestOf(page.Messages)
	if err != nil {
		return err
	}
	for _, uid := range members {
		mark, err := s.heads.reads.durable(readKey{uid, conv})
		if err != nil {
			return err
		}
		page.Reads = append(page.Reads, msgdef.ReadMark{UID: uid, CSeq: max(mark, sent[uid])})
	}
	return nil
}

// newestOf returns the newest cseq of each sender among messages.
func newestOf(messages [][]byte) (map[uint64]uint64, error) {
	newest := make(map[uint64]uint64, 2)
	var m msgdef.Message
	for _, encoded := range messages {
		if err := m.DecodeAlias(encoded); err != nil {
			return nil, err
		}
		newest[m.From] = max(newest[m.From], m.CSeq)
	}
	return newest, nil
}
