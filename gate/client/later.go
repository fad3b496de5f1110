package client

import (
	"context"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// maxLaters is the most messages of a user that wait to be sent.
const maxLaters = 100

// Later is a message that waits with the server to be sent.
type Later struct {
	ID    uint64 // its place in the user's own stream
	At    time.Time
	Draft // Until is zero
}

// QueueLater has the server send a message at a time, at most 365 days from now, also
// when no device is connected then; what is past when it arrives is sent at once. Like
// CancelLater it queues an entry of the user's own stream, as QueueDraft does: Sent.CSeq
// is its id, and the user's other devices get it as a message, see Message.Event.
//
// Whether the user may write there counts at that time. All devices get a
// *msgdef.LaterDone then, which says where the message is or why it was not sent.
//
// Errors are those of QueueDraft, and msgdef.CodeManyLaters when 100 wait already or
// 256 KiB of them, CodeLaterTime.
func (c *Client) QueueLater(d *Draft, at time.Time) *Handle { return c.ChangeLater(0, d, at) }

// ChangeLater puts a message, and a time, in the place of what waits under an id, and
// has an id of its own. msgdef.CodeUnknownLater says that it does not wait any more.
func (c *Client) ChangeLater(id uint64, d *Draft, at time.Time) *Handle {
	p, err := d.parcel()
	if err != nil {
		h := &Handle{c: c, done: make(chan struct{})}
		h.finish(Sent{}, err)
		return h
	}
	return c.queueOwn(msgdef.ContentLater, &msgdef.Later{
		At: at.UnixMilli(), Conv: p.conv, Kind: p.kind, Body: p.body, Extra: p.extra, Instead: id,
	}, d.Until)
}

// CancelLater has what waits under an id not be sent. msgdef.CodeUnknownLater says that
// it does not wait any more.
func (c *Client) CancelLater(id uint64) *Handle {
	return c.queueOwn(msgdef.ContentLaterOff, &msgdef.LaterOff{CSeq: id}, time.Time{})
}

// Laters returns what of the user waits to be sent, in the order it was queued. Errors
// are those of History.
func (c *Client) Laters(ctx context.Context) (list []Later, err error) {
	err = c.call(ctx, &call{
		ask: func(req uint64) frame.Message {
			list = nil
			return &msgdef.GetLaters{Req: req}
		},
		take: func(answer any) (last bool, err error) {
			m, ok := answer.(*msgdef.Laters)
			if !ok {
				return false, protocolError("%T in answer to GetLaters", answer)
			}
			for i := range m.List {
				l, err := newLater(m.List[i].CSeq, &m.List[i].Later)
				if err != nil {
					return false, err
				}
				list = append(list, l)
			}
			return m.Last, bounded("Laters", len(list), maxLaters)
		},
	})
	return list, err
}

// newLater owns what l lends.
func newLater(id uint64, l *msgdef.Later) (Later, error) {
	l = l.Clone()
	made := Later{ID: id, At: time.UnixMilli(l.At), Draft: Draft{Conv: l.Conv, Kind: l.Kind, Body: l.Body}}
	if len(l.Extra) > 0 {
		if err := made.Extra.Decode(l.Extra); err != nil {
			return made, protocolError("Extra of Later %d: %w", id, err)
		}
	}
	return made, nil
}

// HandleLaters implements msgdef.DownHandler.
func (s *session) HandleLaters(m *msgdef.Laters) error { return s.answer(m.Req, m) }
