package client

import (
	"context"
	"iter"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// SearchPlace is where a search goes on; the zero value is its beginning.
type SearchPlace struct {
	Conv   msgdef.Conversation
	Before uint64
}

// FoundPage is a part of what a search finds.
type FoundPage struct {
	Messages []*Message  // USeq is 0; there may be none although there is more
	More     bool        // there may be more
	Next     SearchPlace // where that begins
}

// maxFound is the most messages of a page.
const maxFound = 100

// FindMessages looks for a text, 1 to 128 bytes, in a conversation or, with the zero
// one, in all of the user's, from a place on: without regard to case, conversation
// by conversation, the newest message of each first. A page has cost the server as
// much as it wants to spend at once. Errors are those of History.
func (c *Client) FindMessages(ctx context.Context, text string, conv msgdef.Conversation, from SearchPlace) (page FoundPage, err error) {
	question := msgdef.FindMessages{Text: text, Conv: conv, At: from.Conv, Before: from.Before}
	if err := checkArgument(question.Validate()); err != nil {
		return page, err
	}
	err = c.call(ctx, &call{
		ask: func(req uint64) frame.Message {
			page = FoundPage{}
			asked := question
			asked.Req = req
			return &asked
		},
		take: func(answer any) (last bool, err error) {
			m, ok := answer.(*msgdef.FoundMessages)
			if !ok {
				return false, protocolError("%T in answer to FindMessages", answer)
			}
			page.More, page.Next = m.More, SearchPlace{m.At, m.Before}
			page.Messages, err = decoded("FoundMessages", page.Messages, m.Messages, maxFound)
			if m.Last && page.More && page.Next == from {
				err = protocolError("FoundMessages: a search that does not go on")
			}
			return m.Last, err
		},
	})
	c.watch(page.Messages...)
	return page, err
}

// Search is FindMessages to the end:
//
//	for m, err := range c.Search(ctx, "lunch", msgdef.Conversation{}) {
//		...
//	}
//
// An error is the last that comes.
func (c *Client) Search(ctx context.Context, text string, conv msgdef.Conversation) iter.Seq2[*Message, error] {
	return func(yield func(*Message, error) bool) {
		page := FoundPage{More: true}
		for page.More {
			var err error
			if page, err = c.FindMessages(ctx, text, conv, page.Next); err != nil {
				yield(nil, err)
				return
			}
			for _, m := range page.Messages {
				if !yield(m, nil) {
					return
				}
			}
		}
	}
}

// HandleFoundMessages implements msgdef.DownHandler.
func (s *session) HandleFoundMessages(m *msgdef.FoundMessages) error { return s.answer(m.Req, m) }
