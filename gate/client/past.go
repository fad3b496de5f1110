package client

import (
	"context"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// maxPins is the most messages of a page of pins.
const maxPins = 100

// PinPage is a page of pinned messages, newest first.
type PinPage struct {
	Messages []*Message // USeq is 0
	More     bool       // there are more, below the last one
}

// Pins returns at most limit pinned messages of a conversation, the newest ones
// with a CSeq below before; before 0 means from the end, limit 0 leaves it to the
// server. Errors are those of History.
func (c *Client) Pins(ctx context.Context, conv msgdef.Conversation, before uint64, limit int) (page PinPage, err error) {
	if err := checkLimit(limit, maxPins); err != nil {
		return page, err
	}
	err = c.call(ctx, &call{
		ask: func(req uint64) frame.Message {
			page = PinPage{}
			return &msgdef.GetPins{Req: req, Conv: conv, Before: before, Limit: uint16(limit)}
		},
		take: func(answer any) (last bool, err error) {
			m, ok := answer.(*msgdef.Pins)
			if !ok || m.Conv != conv {
				return false, protocolError("%T in answer to GetPins", answer)
			}
			page.More = m.More
			page.Messages, err = decoded("Pins", page.Messages, m.Messages, maxPins)
			return m.Last, err
		},
	})
	c.watch(page.Messages...)
	return page, err
}

// decoded appends the messages of a frame of an answer, which has at most most.
func decoded(what string, list []*Message, encoded [][]byte, most int) ([]*Message, error) {
	for _, bytes := range encoded {
		m := new(Message)
		if err := m.Decode(bytes); err != nil {
			return nil, protocolError("message in %s: %w", what, err)
		}
		list = append(list, m)
	}
	return list, bounded(what, len(list), most)
}

// HandlePins implements msgdef.DownHandler.
func (s *session) HandlePins(p *msgdef.Pins) error { return s.answer(p.Req, p) }
