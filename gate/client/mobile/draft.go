package mobile

import (
	"fmt"
	"math"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// Draft is a message to queue. What is not set it does not have.
type Draft struct {
	Kind            int // 1 text
	Body            []byte
	Reply           int64 // place in the conversation of the message that is answered
	LifetimeSeconds int64 // after which nobody can read it any more
	UntilMillis     int64 // Unix time from which on it need not be sent any more, see QueueUntil

	mentions []uint64
}

// NewText returns a draft of a text.
func NewText(text string) *Draft { return &Draft{Kind: int(msgdef.ContentText), Body: []byte(text)} }

// Mention addresses a user; 0 is everybody.
func (d *Draft) Mention(uid int64) { d.mentions = append(d.mentions, uint64(uid)) }

// QueueDraft is Queue for a Draft, which may be used again.
func (c *Client) QueueDraft(conv []byte, d *Draft) (*Pending, error) {
	draft, err := d.draft(conv)
	if err != nil {
		return nil, err
	}
	return &Pending{c.c.QueueDraft(draft)}, nil
}

// draft is what the SDK knows of it.
func (d *Draft) draft(conv []byte) (*client.Draft, error) {
	id, err := conversation(conv)
	switch {
	case err != nil:
		return nil, err
	case d == nil:
		return nil, fmt.Errorf("mobile: no draft")
	case d.Kind < 0 || d.Kind > math.MaxUint8:
		return nil, fmt.Errorf("mobile: kind %d; 0 to 255", d.Kind)
	case d.LifetimeSeconds < 0 || d.LifetimeSeconds > math.MaxUint32:
		return nil, fmt.Errorf("mobile: a lifetime of %d seconds; 0 to %d", d.LifetimeSeconds, uint32(math.MaxUint32))
	}
	var until time.Time
	if d.UntilMillis != 0 {
		until = time.UnixMilli(d.UntilMillis)
	}
	return &client.Draft{
		Conv: id, Kind: msgdef.ContentKind(d.Kind), Body: d.Body, Until: until,
		Extra: msgdef.Extra{Reply: uint64(d.Reply), Mentions: append([]uint64(nil), d.mentions...), Lifetime: uint32(d.LifetimeSeconds)},
	}, nil
}

// Edit replaces what a text of this user says, and returns the place of the news
// of that.
func (c *Client) Edit(conv []byte, cseq int64, text string, call *Call) (int64, error) {
	return c.event(conv, call, func(e *event) (client.Sent, error) {
		return c.c.Edit(e.ctx, e.conv, uint64(cseq), msgdef.ContentText, []byte(text))
	})
}

// Recall takes away what a message says.
func (c *Client) Recall(conv []byte, cseq int64, call *Call) (int64, error) {
	return c.event(conv, call, func(e *event) (client.Sent, error) { return c.c.Recall(e.ctx, e.conv, uint64(cseq)) })
}

// React puts an emoji to a message, or takes this user's away.
func (c *Client) React(conv []byte, cseq int64, emoji string, off bool, call *Call) (int64, error) {
	return c.event(conv, call, func(e *event) (client.Sent, error) {
		return c.c.React(e.ctx, e.conv, uint64(cseq), emoji, off)
	})
}

// Pin keeps a message in view for all members, or no longer.
func (c *Client) Pin(conv []byte, cseq int64, off bool, call *Call) (int64, error) {
	return c.event(conv, call, func(e *event) (client.Sent, error) { return c.c.Pin(e.ctx, e.conv, uint64(cseq), off) })
}
