package client

import (
	"context"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// History is a page of a conversation.
type History struct {
	Head     uint64            // cseq of the newest message
	Messages []*Message        // ascending by CSeq; USeq is 0
	Reads    []msgdef.ReadMark // how far its members have read

	// Delivered is the cseq up to which some device of the other one of a pair has it,
	// what they have read included. 0 when none has, or it is not known: the page was
	// asked for with before, or much waits for them and the server's clock was set back
	// meanwhile. Options.OnDelivered tells what comes after it; the greatest counts.
	Delivered uint64
}

// maxHistory is the most messages of a page.
const maxHistory = 512

// History returns at most limit messages of a conversation, the newest ones
// with a CSeq below before; before 0 means from the end, limit 0 leaves it to
// the server. It waits for a connection when there is none, as long as ctx
// lasts. A server may return fewer; a page without messages is the beginning.
//
// The error is an *Error when the server refused, or wraps ErrArgument,
// ErrQueueFull, ErrDisconnected, ErrProtocol, ErrStopped, ErrClosed or the
// context's error.
func (c *Client) History(ctx context.Context, conv msgdef.Conversation, before uint64, limit int) (History, error) {
	if err := checkLimit(limit, maxHistory); err != nil {
		return History{}, err
	}
	var b historyBuilder
	err := c.call(ctx, &call{
		ask: func(req uint64) frame.Message {
			b = historyBuilder{conv: conv}
			return &msgdef.GetConv{Req: req, Conv: conv, Before: before, Limit: uint16(limit)}
		},
		take: b.take,
	})
	if err != nil {
		return History{}, err
	}
	c.watch(b.page.Messages...)
	return b.page, nil
}

// historyBuilder puts the frames of an answer together.
type historyBuilder struct {
	conv  msgdef.Conversation
	page  History
	parts int
}

// maxHistoryParts bounds the frames of an answer.
const maxHistoryParts = 1024

func (b *historyBuilder) take(answer any) (last bool, err error) {
	p, ok := answer.(*msgdef.ConvPage)
	b.parts++
	switch {
	case !ok:
		return false, protocolError("%T in answer to GetConv", answer)
	case p.Conv != b.conv:
		return false, protocolError("ConvPage of another conversation")
	case b.parts > maxHistoryParts || len(b.page.Messages)+len(p.Messages) > maxHistory || len(b.page.Reads)+len(p.Reads) > maxHistory:
		return false, protocolError("ConvPage: an answer without end")
	}
	b.page.Head, b.page.Delivered = max(b.page.Head, p.Head), max(b.page.Delivered, min(p.Delivered, p.Head))
	b.page.Reads = append(b.page.Reads, p.Reads...)
	for _, bytes := range p.Messages {
		m := new(Message)
		if err := m.Decode(bytes); err != nil {
			return false, protocolError("message in ConvPage: %w", err)
		}
		b.page.Messages = append(b.page.Messages, m)
	}
	return p.Last, nil
}

// HandleConvPage implements msgdef.DownHandler.
func (s *session) HandleConvPage(p *msgdef.ConvPage) error {
	s.c.mu.Lock()
	t := s.c.topics.pulls[p.Req]
	s.c.mu.Unlock()
	if t != nil {
		return s.topicPage(t, p)
	}
	return s.answer(p.Req, p)
}
