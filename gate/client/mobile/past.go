package mobile

import (
	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// PinList is a page of pinned messages, newest first.
type PinList struct{ page client.PinPage }

// Len returns how many there are.
func (l *PinList) Len() int { return len(l.page.Messages) }

// At returns one of them, from 0; nil where there is none.
func (l *PinList) At(i int) *Message { return (&MessageList{list: l.page.Messages}).At(i) }

// More reports whether there are more, below the last one.
func (l *PinList) More() bool { return l.page.More }

// Typing tells who is online in a conversation that the user is writing, or is no
// more (off). It may be called with each key.
func (c *Client) Typing(conv []byte, off bool) error {
	id, err := conversation(conv)
	if err != nil {
		return err
	}
	return c.c.Typing(id, off)
}

// Pins returns at most limit pinned messages of a conversation below a cseq, the
// newest for 0; limit 0 leaves it to the server.
func (c *Client) Pins(conv []byte, before int64, limit int, call *Call) (*PinList, error) {
	id, err := conversation(conv)
	if err != nil {
		return nil, err
	}
	ctx, cancel := call.context()
	defer cancel()
	page, err := c.c.Pins(ctx, id, uint64(before), limit)
	if err != nil {
		return nil, err
	}
	return &PinList{page}, nil
}

// Search is one on its way.
type Search struct {
	c    *Client
	text string
	conv msgdef.Conversation
	page client.FoundPage
}

// Search looks for a text in a conversation, or in all of the user's for nil; Next
// returns what it finds.
func (c *Client) Search(text string, conv []byte) (*Search, error) {
	s := &Search{c: c, text: text, page: client.FoundPage{More: true}}
	if len(conv) > 0 {
		id, err := conversation(conv)
		if err != nil {
			return nil, err
		}
		s.conv = id
	}
	return s, nil
}

// Next returns some more messages: conversation by conversation, the newest of each
// first. There may be none although there is more.
func (s *Search) Next(call *Call) (*MessageList, error) {
	if !s.page.More {
		return new(MessageList), nil
	}
	ctx, cancel := call.context()
	defer cancel()
	page, err := s.c.c.FindMessages(ctx, s.text, s.conv, s.page.Next)
	if err != nil {
		return nil, err
	}
	s.page = page
	return &MessageList{list: page.Messages}, nil
}

// More reports whether there may be more.
func (s *Search) More() bool { return s.page.More }
