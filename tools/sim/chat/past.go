package chat

import (
	"context"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// paging is where the next :history of the same conversation goes on. Any
// other command forgets it.
type paging struct {
	with   string
	before uint64 // cseq of the oldest message shown; 0: none yet
}

// run shows the newest messages, and with each repetition the ones before.
func (h history) run(ctx context.Context, s *session) error {
	ctx, cancel := s.timeout(ctx)
	defer cancel()
	conv, err := s.conversation(ctx, h.with)
	if err != nil {
		return err
	}
	if s.paging.with != h.with {
		s.paging = paging{with: h.with}
	}
	page := client.History{}
	if s.paging.before != 1 { // 1 is the first: there is nothing before it
		page, err = s.client.History(ctx, conv, s.paging.before, h.limit)
	}
	if err != nil {
		return unanswered("history with "+h.with, err)
	}
	newest := s.paging.before == 0
	s.screen.show(s.past(ctx, h.with, conv, page))
	if len(page.Messages) == 0 {
		return nil
	}
	s.paging.before = page.Messages[0].CSeq
	last := page.Messages[len(page.Messages)-1].CSeq
	if newest && last > readUpTo(page, s.client.UID()) {
		return s.client.MarkRead(conv, last)
	}
	return nil
}

// readUpTo returns how far a user has read.
func readUpTo(page client.History, uid uint64) uint64 {
	for _, r := range page.Reads {
		if r.UID == uid {
			return r.CSeq
		}
	}
	return 0
}

// past makes an event of a page.
func (s *session) past(ctx context.Context, with string, conv msgdef.Conversation, page client.History) historyEvent {
	var uids []uint64
	for _, r := range page.Reads {
		uids = append(uids, r.UID)
	}
	names := s.names(ctx, uids...)
	e := historyEvent{
		Event: "history", Conversation: conversation(conv), With: with,
		Messages: s.pastMessages(ctx, page.Messages), Reads: []readMark{},
		More: len(page.Messages) > 0 && page.Messages[0].CSeq > 1,
	}
	for _, r := range page.Reads {
		if r.UID != s.client.UID() && r.CSeq > 0 {
			e.Reads = append(e.Reads, readMark{User: names[r.UID], CSeq: r.CSeq})
		}
	}
	return e
}
