package chat

import (
	"context"
	"errors"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// listen shows what comes in, until the client is closed. It runs beside the
// client's callbacks because names have to be asked for.
func (s *session) listen() {
	for {
		select {
		case m, ok := <-s.messages:
			if !ok {
				return
			}
			s.incoming(m)
		case r := <-s.reads:
			s.receipt(r)
		case show := <-s.asides:
			show()
		case l := <-s.left:
			s.farewell(l)
		case drained := <-s.barrier:
			s.drain()
			close(drained)
		}
	}
}

// drain shows what is waiting now.
func (s *session) drain() {
	for {
		select {
		case m, ok := <-s.messages:
			if !ok {
				return
			}
			s.incoming(m)
		case r := <-s.reads:
			s.receipt(r)
		case show := <-s.asides:
			show()
		case l := <-s.left:
			s.farewell(l)
		default:
			return
		}
	}
}

// incoming shows a message, which then counts as read.
func (s *session) incoming(m *client.Message) {
	ctx, cancel := s.timeout(context.Background())
	defer cancel()
	if set, ok := settingIn(m); ok {
		s.screen.show(s.setting(ctx, set, m.CSeq, m.At))
		return
	}
	if says, _ := m.Event(); s.blockedElsewhere(ctx, says) || s.shownElsewhere(m, says) {
		return
	}
	if _, own := msgdef.StreamOwner(m.Conv); own {
		if e, ok := s.later(ctx, m); ok {
			s.screen.show(e)
		}
		return
	}
	self := s.client.UID()
	where := s.with(ctx, m.Conv)
	e := messageEvent{
		Event: "message", Conversation: conversation(m.Conv), From: s.names(ctx, m.From)[m.From],
		content: s.content(ctx, m), CSeq: m.CSeq, USeq: m.USeq, At: m.At,
	}
	if _, group := msgdef.GroupID(m.Conv); group {
		e.Group = where
	}
	if m.From == self {
		e.To = where
	}
	s.remember(m, e.From, &e.content)
	s.screen.show(e)
	if m.From != self && m.Kind < msgdef.FirstEvent { // an event may be that the user is out
		_ = s.client.MarkRead(m.Conv, m.CSeq) // only fails when the client ends, or when history will do it
	}
}

// receipt shows that somebody else has read, once: a client repeats it until
// it is confirmed.
func (s *session) receipt(r msgdef.ReadBy) {
	if r.UID == s.client.UID() || r == s.lastReceipt {
		return
	}
	s.lastReceipt = r
	ctx, cancel := s.timeout(context.Background())
	defer cancel()
	e := readEvent{Event: "read", Conversation: conversation(r.Conv), By: s.names(ctx, r.UID)[r.UID], CSeq: r.CSeq}
	if _, group := msgdef.GroupID(r.Conv); group {
		e.Group = s.groupName(ctx, r.Conv)
	}
	s.screen.show(e)
}

// onRead hands a receipt to listen, or drops it when the screen does not keep
// up.
func (s *session) onRead(r msgdef.ReadBy) {
	select {
	case s.reads <- r:
	default:
	}
}

// onDelivered has listen tell that somebody has got something, once: of several
// devices each tells.
func (s *session) onDelivered(d msgdef.DeliveredTo) {
	s.aside(func(ctx context.Context) {
		if d.CSeq <= s.delivered[d.Conv] {
			return
		}
		if s.delivered == nil {
			s.delivered = make(map[msgdef.Conversation]uint64)
		}
		s.delivered[d.Conv] = d.CSeq
		s.screen.show(deliveredEvent{Event: "delivered", Conversation: conversation(d.Conv), To: s.with(ctx, d.Conv), CSeq: d.CSeq})
	})
}

// farewell shows that a big group is over for the user. Of one that was dissolved no
// message tells.
func (s *session) farewell(l client.Left) {
	ctx, cancel := s.timeout(context.Background())
	defer cancel()
	s.screen.show(leftEvent{
		Event: "left", Conversation: conversation(l.Conv), Group: s.groupName(ctx, l.Conv),
		Dissolved: l.Code == msgdef.CodeUnknownConversation,
	})
}

// onLeft hands it to listen, or drops it like a receipt.
func (s *session) onLeft(l client.Left) {
	select {
	case s.left <- l:
	default:
	}
}

func (s *session) onResync(client.Resync) { s.screen.show(resyncEvent{Event: "resync"}) }

// onState shows that the connection changed, and ends the session when the
// client will not try again.
func (s *session) onState(status client.Status) {
	if errors.Is(status.Err, client.ErrClosed) {
		return
	}
	e := stateEvent{
		Event: "state", State: status.Phase.String(), User: s.opts.User,
		RetryMS: status.Delay.Milliseconds(),
	}
	if status.Err != nil {
		e.Reason = status.Err.Error()
	}
	s.screen.show(e)
	if status.Phase == client.Stopped && s.online.Load() && !s.deleting.Load() {
		s.end(status.Err)
	}
}
