package imservice

import (
	"context"

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
	since, code, err := s.reader(p.Conv, p.UID)
	if page.Code = code; err != nil || code != msgdef.CodeOK {
		return err
	}
	// Ids are given out in order, so an id that belongs to nobody yet could be
	// guessed; it sees nothing.
	if _, err := s.heads.users.durable(p.UID); isNobody(err) {
		page.Code = rpc.CodeOf(err)
		return nil
	} else if err != nil {
		return err
	}
	head, err := s.heads.conversations.durable(p.Conv)
	if err != nil {
		return err
	}
	page.Head = head
	if since, err = s.uncleared(p.UID, p.Conv, since); err != nil {
		return err
	}
	if err := s.pageConv(p, page, since, maxBytes); err != nil {
		return err
	}
	if err := s.readMarks(p, page); err != nil {
		return err
	}
	return s.delivered(p, page)
}

// pageConv reads the messages that p asks for, from since up to page.Head.
func (s *Server) pageConv(p *rpc.ConvPull, page *rpc.ConvPage, since uint64, maxBytes int) (err error) {
	from, to, newest := since, page.Head, true
	switch {
	case p.After == ^uint64(0):
		return nil
	case p.After != 0:
		from, newest = max(p.After+1, since), false
	case p.Before != 0:
		to = min(to, p.Before-1)
	}
	if from > to {
		return nil
	}
	page.Messages, err = s.options.Store.Range(nil, p.Conv, from, to, newest, s.entries(p.Limit), maxBytes)
	if err == nil {
		err = s.veiled(page.Messages)
	}
	if err == nil {
		err = s.cover(p.UID, page.Messages)
	}
	if err == nil && !newest {
		err = s.jumped(p, page, from)
	}
	return err
}

// jumped says where a conversation begins, when a page does not begin where it was
// asked for.
func (s *Server) jumped(p *rpc.ConvPull, page *rpc.ConvPage, from uint64) error {
	if len(page.Messages) > 0 {
		var m msgdef.Message
		if err := m.DecodeAlias(page.Messages[0]); err != nil || m.CSeq == from {
			return err
		}
	}
	floor, err := s.floorOf(p.Conv)
	page.Floor = floor.CSeq
	return err
}

// readMarks adds how far each member of a pair has read; of a group only who
// asks, since rpc.Groups tells of the others.
func (s *Server) readMarks(p *rpc.ConvPull, page *rpc.ConvPage) error {
	conv, members := p.Conv, []uint64{p.UID}
	if a, b, ok := msgdef.PairMembers(conv); ok && a != b {
		members = []uint64{a, b}
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
