package mobile

import (
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// Later is a message that waits with the server to be sent.
type Later struct {
	ID       int64 // names it for CancelLater
	AtMillis int64 // Unix time
	Conv     []byte
	Kind     int // 1 text
	Body     []byte
}

// LaterList is what waits.
type LaterList struct{ list []client.Later }

// Len returns how many there are.
func (l *LaterList) Len() int { return len(l.list) }

// At returns one of them, from 0; nil where there is none.
func (l *LaterList) At(i int) *Later {
	if i < 0 || i >= len(l.list) {
		return nil
	}
	one := &l.list[i]
	return &Later{ID: int64(one.ID), AtMillis: one.At.UnixMilli(), Conv: one.Conv[:], Kind: int(one.Kind), Body: one.Body}
}

// Laters returns what of the user waits to be sent.
func (c *Client) Laters(call *Call) (*LaterList, error) {
	ctx, cancel := call.context()
	defer cancel()
	list, err := c.c.Laters(ctx)
	if err != nil {
		return nil, err
	}
	return &LaterList{list}, nil
}

// QueueLater has the server send a draft at a Unix time, at most 365 days from now, also
// when the app does not run then. It queues as QueueDraft does; the place of what was
// queued is the id. A positive instead is the id of what it replaces, 0 none.
func (c *Client) QueueLater(conv []byte, d *Draft, atMillis, instead int64) (*Pending, error) {
	draft, err := d.draft(conv)
	if err != nil {
		return nil, err
	}
	return &Pending{c.c.ChangeLater(uint64(max(instead, 0)), draft, time.UnixMilli(atMillis))}, nil
}

// CancelLater has what waits under an id not be sent.
func (c *Client) CancelLater(id int64) *Pending { return &Pending{c.c.CancelLater(uint64(id))} }

// LaterNews is what a message of the user's own stream tells of one that is to be sent
// later.
type LaterNews struct {
	ID     int64
	Waits  bool   // it is new; else it waits no longer
	Code   int    // why it was not sent, 0 when it was, or was taken back
	Conv   []byte // nil when it was taken back
	SentAt int64  // its place in the conversation; 0 when it was not sent
}

// Later returns what the message tells; nil when it is about something else.
func (m *Message) Later() *LaterNews {
	if m.m == nil {
		return nil
	}
	says, _ := m.m.Event() // what cannot be read tells nothing that can be shown
	switch l := says.(type) {
	case *msgdef.Later:
		return &LaterNews{ID: int64(m.m.CSeq), Waits: len(m.m.State) == 0, Conv: append([]byte(nil), l.Conv[:]...)}
	case *msgdef.LaterOff:
		return &LaterNews{ID: int64(l.CSeq)}
	case *msgdef.LaterDone:
		return &LaterNews{ID: int64(l.CSeq), Code: int(l.Code), Conv: append([]byte(nil), l.Conv[:]...), SentAt: int64(l.Sent)}
	}
	return nil
}
