package client

import (
	"time"

	"github.com/sim-im/sim/msgdef"
)

// Expired names a message that nobody can read any more.
type Expired struct {
	Conv msgdef.Conversation
	CSeq uint64
}

// mostExpiring is for how many messages Options.OnExpired is called at their time.
const mostExpiring = 4096

// expiring are messages whose lifetime ends, as the client has seen them in this
// run. Times are those of the server.
type expiring struct {
	open map[Expired]time.Time
	at   time.Time     // no later than the first of them; zero: none
	skew time.Duration // how much the server's clock is ahead of this one, as of the last login
}

// watch notes messages that are shown from now on. Of too many those that end last
// are not noted.
func (c *Client) watch(messages ...*Message) {
	if c.opts.OnExpired == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range messages {
		if m != nil && m.Kind < msgdef.FirstEvent {
			c.expiring.note(Expired{m.Conv, m.CSeq}, m.Expires())
		}
	}
	c.wakeAt(c.expiring.next())
}

// note adds a message that ends at a time, unless that is zero.
func (x *expiring) note(m Expired, ends time.Time) {
	if ends.IsZero() {
		return
	}
	if _, known := x.open[m]; !known && len(x.open) >= mostExpiring && !x.displace(ends) {
		return
	}
	if x.open == nil {
		x.open = make(map[Expired]time.Time)
	}
	x.open[m] = ends
	sooner(&x.at, ends)
}

// displace makes room for a message that ends at a time, if one ends later.
func (x *expiring) displace(ends time.Time) bool {
	var last Expired
	for m, at := range x.open {
		if at.After(x.open[last]) {
			last = m
		}
	}
	if !x.open[last].After(ends) {
		return false
	}
	delete(x.open, last)
	return true
}

// over takes out the messages that have ended at a local time.
func (x *expiring) over(now time.Time) (list []Expired) {
	now = now.Add(x.skew)
	if !reached(x.at, now) {
		return nil
	}
	x.at = time.Time{}
	for m, ends := range x.open {
		if reached(ends, now) {
			list = append(list, m)
			delete(x.open, m)
			continue
		}
		sooner(&x.at, ends)
	}
	return list
}

// next returns the local time of the next one.
func (x *expiring) next() time.Time {
	if x.at.IsZero() {
		return x.at
	}
	return x.at.Add(-x.skew)
}

// timed looks at the lifetime of a message that comes.
func (s *session) timed(m *Message) error {
	if len(m.Message.Extra) == 0 {
		return nil
	}
	if err := s.hide(m); err != nil {
		return err
	}
	s.c.watch(m)
	return nil
}

// hide takes away what a message says that comes after its time: it was on its way,
// or waited for a connection that did not read.
func (s *session) hide(m *Message) error {
	s.c.mu.Lock()
	now := s.c.clock.Add(s.c.expiring.skew)
	s.c.mu.Unlock()
	if !reached(m.Expires(), now) {
		return nil
	}
	state := msgdef.MessageState{Changed: m.Made().Changed, Expired: true}
	if m.Kind == msgdef.ContentEdit {
		var e msgdef.Edit
		if err := e.DecodeAlias(m.Body); err != nil {
			return protocolError("edit: %w", err)
		}
		e.Body = nil
		m.Body = e.Append(nil)
	} else {
		m.Body = nil
	}
	m.Message.Extra, m.Message.State = nil, state.Append(nil)
	return nil
}
