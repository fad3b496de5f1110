package client

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// Draft is a message to send, with what most messages do not have:
//
//	c.SendDraft(ctx, &client.Draft{Conv: conv, Kind: msgdef.ContentText, Body: []byte("yes"), Extra: msgdef.Extra{Reply: 12}})
type Draft struct {
	Conv  msgdef.Conversation
	Kind  msgdef.ContentKind
	Body  []byte
	Extra msgdef.Extra // the zero value is nothing
	Until time.Time    // of no use from then on, see QueueUntil; only QueueDraft heeds it
}

// SendDraft is Send for a Draft. The error may wrap ErrArgument too.
func (c *Client) SendDraft(ctx context.Context, d *Draft) (Sent, error) {
	p, err := d.parcel()
	if err != nil {
		return Sent{}, err
	}
	return c.send(ctx, p)
}

// SendDraftFunc is SendFunc for a Draft. The error may wrap ErrArgument too.
func (c *Client) SendDraftFunc(d *Draft, done func(Sent, error)) {
	p, err := d.parcel()
	c.sendFunc(p, err, done)
}

// QueueDraft is QueueUntil for a Draft. The error may wrap ErrArgument too.
func (c *Client) QueueDraft(d *Draft) *Handle {
	p, err := d.parcel()
	now := c.opts.Now()
	h := &Handle{c: c, done: make(chan struct{}), message: Queued{
		Conv: p.conv, Kind: p.kind, At: toMillisecond(now), Until: toMillisecond(d.Until),
		Body: bytes.Clone(p.body), Extra: p.extra,
	}}
	if err == nil {
		err = h.timely(now)
	}
	if err == nil {
		err = c.queue(h, p)
	}
	if err != nil {
		h.finish(Sent{}, err)
	}
	return h
}

// queue has a message kept where that is possible.
func (c *Client) queue(h *Handle, p parcel) error {
	if h.keep = c.outbox != nil; h.keep {
		return c.keep(h)
	}
	return c.enqueue(p, h.finish, h)
}

// parcel is what is sent of a message. Its memory is lent.
type parcel struct {
	conv  msgdef.Conversation
	kind  msgdef.ContentKind
	body  []byte
	extra []byte // an encoded msgdef.Extra; empty for none
}

// parcel encodes a draft.
func (d *Draft) parcel() (parcel, error) {
	p := parcel{conv: d.Conv, kind: d.Kind, body: d.Body}
	if x := &d.Extra; x.Reply != 0 || len(x.Mentions) > 0 || x.Lifetime != 0 {
		if err := x.Validate(); err != nil {
			return p, fmt.Errorf("%w: %w", ErrArgument, err)
		}
		p.extra = x.Append(nil)
	}
	return p, nil
}
