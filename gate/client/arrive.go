package client

import (
	"github.com/sim-im/sim/msgdef"
)

// HandleNotify implements msgdef.DownHandler.
func (s *session) HandleNotify(n *msgdef.Notify) error { return s.arrive(n.USeq, n.Message) }

// HandleHead implements msgdef.DownHandler: notifies were dropped.
func (s *session) HandleHead(h *msgdef.Head) error {
	s.c.inbox.heard(h.USeq)
	s.urgent = s.urgent || s.c.inbox.behind()
	return nil
}

// arrive takes a row of the inbox, in whatever order rows come. message is
// lent.
func (s *session) arrive(useq uint64, message []byte) error {
	in := &s.c.inbox
	switch in.turn(useq) {
	case turnNow:
		if taken, err := s.hand(useq, message); !taken || err != nil {
			return err
		}
		return s.drain()
	case turnLater:
		in.window.put(in.cursor, useq, row{}, message, false)
	}
	return nil
}

// acknowledged takes the row of a send of this device, which the server does
// not notify it of.
func (s *session) acknowledged(useq uint64, r row) error {
	in := &s.c.inbox
	switch in.turn(useq) {
	case turnNow:
		in.advance(r)
		return s.drain()
	case turnLater:
		in.window.put(in.cursor, useq, r, nil, true)
	}
	return nil
}

// drain takes the rows whose turn has come because of the one before.
func (s *session) drain() error {
	in := &s.c.inbox
	for h := in.window.get(in.cursor + 1); h != nil; h = in.window.get(in.cursor + 1) {
		if h.own {
			in.advance(h.row)
		} else if taken, err := s.hand(h.useq, h.message); !taken || err != nil {
			return err
		}
	}
	return nil
}

// hand gives the row after the cursor to the application and moves the cursor
// over it. taken is false when the application has no room: the row stays
// missing, and is pulled later.
//
// A message that this client has sent itself is no news, but it may be the
// first sign that it is stored.
func (s *session) hand(useq uint64, message []byte) (taken bool, err error) {
	m := &s.message
	m.USeq = useq
	if err := m.DecodeAlias(message); err != nil {
		return false, protocolError("message at useq %d: %w", useq, err)
	}
	if err := s.timed(m); err != nil {
		return false, err
	}
	r := row{conv: m.Conv, cseq: m.CSeq, at: m.At}
	g := s.groupRow()
	if s.own.sent(&m.Message) {
		s.stored(Sent{Conv: m.Conv, Counter: m.Counter, CSeq: m.CSeq, USeq: useq, At: m.At, Lifetime: m.Beside().Lifetime})
	} else if !g.told && !s.c.deliver(m) {
		return false, nil
	}
	s.c.inbox.advance(r)
	s.changed(g, useq, r)
	s.regrouped(m.Kind, m.Conv)
	return true, nil
}

// HandleMsgPage implements msgdef.DownHandler. A page that nobody waits for is
// dropped.
func (s *session) HandleMsgPage(p *msgdef.MsgPage) error {
	first, asked, err := s.c.pagePart(p)
	if !asked || err != nil {
		return err
	}
	switch {
	case p.Status == msgdef.SyncOK:
		s.c.inbox.confirm(p.StoreEpoch, p.Head)
	case p.Status > msgdef.SyncTooLong:
		return protocolError("MsgPage: unknown status %d", p.Status)
	case first:
		s.restart(p)
	}
	for i := range p.Entries {
		if err := s.arrive(p.Entries[i].USeq, p.Entries[i].Message); err != nil {
			return err
		}
	}
	if p.Last {
		s.pulled()
	}
	return nil
}

// pagePart counts a frame of an answer. asked is false for a frame that nobody
// waits for.
func (c *Client) pagePart(p *msgdef.MsgPage) (first, asked bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	q := &c.pull
	if q.req == 0 || p.Req != q.req {
		return false, false, nil
	}
	first = q.parts == 0
	q.parts += 1 + len(p.Entries)
	q.until = c.clock.Add(c.opts.Timeouts.Page)
	if p.Status == msgdef.SyncOK {
		q.resets = 0
	} else if first {
		q.resets++
	}
	switch {
	case q.parts > maxPullParts || q.resets > 1:
		err = protocolError("MsgPage: %d parts, %d resets in a row", q.parts, q.resets)
	case p.Status == msgdef.SyncOK && p.Head < q.from:
		err = protocolError("MsgPage: head %d is below the cursor %d", p.Head, q.from)
	}
	return first, true, err
}

// restart begins anew where the server says, and tells the application.
func (s *session) restart(p *msgdef.MsgPage) {
	c := s.c
	c.inbox.restart(p.StoreEpoch, p.Floor, p.Head)
	c.mu.Lock()
	c.acks = acks{told: p.Floor}
	if p.Status == msgdef.SyncReset {
		c.topics.forget()
	} else {
		c.topics.relist()
	}
	c.topics.listing.at = c.clock
	c.mu.Unlock()
	c.opts.Logger.Warn("client inbox resynced", "status", p.Status.String(), "floor", p.Floor, "head", p.Head)
	if c.opts.OnResync != nil {
		c.opts.OnResync(Resync{Status: p.Status, Floor: p.Floor, Head: p.Head})
	}
}

// pulled ends a question whose answer is complete, and asks on at once when
// it brought something and more is missing.
func (s *session) pulled() {
	c, in := s.c, &s.c.inbox
	c.mu.Lock()
	defer c.mu.Unlock()
	if in.cursor == c.pull.from && in.behind() && c.pull.resets == 0 {
		c.pullFailed(c.clock, 0)
		return
	}
	c.pull.req, c.pull.failures = 0, 0
	if in.behind() {
		s.urgent = true
	} else {
		c.pull.resets = 0
	}
}
