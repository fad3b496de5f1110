package client

import (
	"slices"

	"github.com/sim-im/sim/msgdef"
)

// HandleNotifyConv implements msgdef.DownHandler.
func (s *session) HandleNotifyConv(n *msgdef.NotifyConv) error {
	m := &s.message
	if err := m.DecodeAlias(n.Message); err != nil {
		return protocolError("message in NotifyConv: %w", err)
	}
	t := s.c.topics.all[m.Conv]
	switch {
	case t == nil || m.CSeq <= t.cursor:
		return nil
	case m.CSeq > t.cursor+1:
		t.window.put(t.cursor, m.CSeq, row{}, n.Message, false)
		s.lacks(t, m.CSeq)
		return nil
	}
	if taken, err := s.handTopic(t); !taken || err != nil {
		return err
	}
	return s.drainTopic(t)
}

// lacks notes that there is a gap, which closes by itself mostly.
func (s *session) lacks(t *topic, head uint64) {
	c := s.c
	c.mu.Lock()
	defer c.mu.Unlock()
	c.topics.lacks(t, head, c.clock.Add(c.opts.Timeouts.Gap))
}

// handTopic gives the message that was decoded to the application and moves the
// cursor to it. taken is false when there is no room: it is pulled later.
func (s *session) handTopic(t *topic) (taken bool, err error) {
	m := &s.message
	m.USeq = 0
	if err := s.timed(m); err != nil {
		return false, err
	}
	if s.own.sent(&m.Message) {
		s.stored(Sent{Conv: m.Conv, Counter: m.Counter, CSeq: m.CSeq, At: m.At, Lifetime: m.Beside().Lifetime})
	} else if !s.c.deliver(m) {
		s.lacks(t, m.CSeq)
		return false, nil
	}
	s.moveTopic(t, m.CSeq)
	s.regrouped(m.Kind, m.Conv)
	return true, nil
}

// moveTopic moves the cursor.
func (s *session) moveTopic(t *topic, cseq uint64) {
	if h := t.window.get(cseq); h != nil {
		t.window.drop(h)
	}
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	s.c.topics.moved(t, cseq)
}

// drainTopic takes the messages whose turn has come because of the one before.
func (s *session) drainTopic(t *topic) error {
	for h := t.window.get(t.cursor + 1); h != nil; h = t.window.get(t.cursor + 1) {
		if h.own {
			s.moveTopic(t, h.useq)
			continue
		}
		if err := s.message.DecodeAlias(h.message); err != nil {
			return protocolError("message in NotifyConv: %w", err)
		}
		if taken, err := s.handTopic(t); !taken || err != nil {
			return err
		}
	}
	return nil
}

// skipTo moves the cursor over messages that cannot be read any more. Those among
// them that came are handed on; with no room for one the cursor stays before it.
func (s *session) skipTo(t *topic, cseq uint64) error {
	for t.cursor < cseq {
		held := t.window.first(t.cursor, cseq)
		if held == 0 {
			s.moveTopic(t, cseq)
			return nil
		}
		if held > t.cursor+1 {
			s.moveTopic(t, held-1)
		}
		if err := s.drainTopic(t); err != nil || t.cursor < held {
			return err
		}
	}
	return nil
}

// topicPage takes a frame of an answer to GetConv after a cursor. Messages that are
// missing in it cannot be read any more.
func (s *session) topicPage(t *topic, p *msgdef.ConvPage) error {
	c := s.c
	c.mu.Lock()
	t.parts += 1 + len(p.Messages)
	t.until = c.clock.Add(c.opts.Timeouts.Page)
	c.mu.Unlock()
	if p.Conv != t.conv || t.parts > maxPullParts {
		return protocolError("ConvPage: %d parts, or of another conversation", t.parts)
	}
	for _, message := range p.Messages {
		if err := s.pageMessage(t, message); err != nil {
			return err
		}
	}
	if !p.Last {
		return nil
	}
	if t.parts == 1 && t.cursor == t.from { // there is nothing left to read
		if err := s.skipTo(t, p.Head); err != nil {
			return err
		}
	}
	err := s.drainTopic(t)
	s.topicPulled(t, p.Head)
	return err
}

// pageMessage takes a message of a page.
func (s *session) pageMessage(t *topic, message []byte) error {
	m := &s.message
	if err := m.DecodeAlias(message); err != nil {
		return protocolError("message in ConvPage: %w", err)
	}
	if m.Conv != t.conv {
		return protocolError("message in ConvPage: of another conversation")
	}
	if t.choked || m.CSeq <= t.cursor {
		return nil
	}
	if cseq := m.CSeq; cseq > t.cursor+1 {
		if err := s.skipTo(t, cseq-1); err != nil {
			return err
		}
		if t.cursor != cseq-1 {
			t.choked = t.cursor < cseq
			return nil
		}
		_ = m.DecodeAlias(message) // which was good
	}
	taken, err := s.handTopic(t)
	t.choked = !taken
	return err
}

// topicPulled ends a question whose answer is complete.
func (s *session) topicPulled(t *topic, head uint64) {
	c := s.c
	c.mu.Lock()
	defer c.mu.Unlock()
	progress := t.cursor > t.from
	choked := t.choked
	t.choked = false
	t.head = max(t.head, head)
	switch {
	case choked:
		delete(c.topics.pulls, t.req)
		t.req, t.at = 0, c.clock.Add(c.opts.Timeouts.Gap)
	case !progress && t.behind():
		c.topicFailed(t, 0)
	default:
		delete(c.topics.pulls, t.req)
		t.req, t.fails, t.at = 0, 0, c.clock
	}
	c.topics.settle(t)
}

// failTopicPull takes the server's refusal of a pull of a topic, and reports whether
// it is one. Why it is refused, if not for now, the answer to another Watch tells.
func (c *Client) failTopicPull(req uint64, refusal *Error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.topics.pulls[req]
	if t == nil {
		return false
	}
	c.topicFailed(t, refusal.Retry)
	if class(refusal.Code) == 3 {
		c.topics.rewatch(t, t.at)
	}
	return true
}

// ackedTopic takes the place of a message of this device in a conversation. A change
// of a group that it does not follow may be what makes it do so: the server is
// asked.
func (s *session) ackedTopic(kind msgdef.ContentKind, r row) error {
	ts := &s.c.topics
	t := ts.all[r.conv]
	switch {
	case t == nil && kind == msgdef.ContentGroup:
		s.beginTopic(r.conv, r.cseq, false)
	case t == nil || r.cseq <= t.cursor:
	case r.cseq == t.cursor+1:
		s.moveTopic(t, r.cseq)
		return s.drainTopic(t)
	default:
		t.window.put(t.cursor, r.cseq, r, nil, true)
		s.lacks(t, r.cseq)
	}
	return nil
}

// beginTopic follows a group from a message on.
func (s *session) beginTopic(conv msgdef.Conversation, cseq uint64, sure bool) {
	c := s.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.topics.begin(conv, cseq, sure, c.clock) {
		c.opts.Logger.Warn("client follows no more big groups", "most", maxTopics)
	}
}

// groupRow is what a row of the inbox means for the group that it changes.
type groupRow struct {
	told  bool // it comes, or came, among the messages of the group
	ends  bool // the user is in the group no more
	begin bool // the group is to be followed
}

// groupRow judges the message that was decoded, a row of the inbox.
func (s *session) groupRow() (g groupRow) {
	m := &s.message.Message
	if m.Kind != msgdef.ContentGroup {
		return g
	}
	var change msgdef.GroupChange
	if change.DecodeAlias(m.Body) != nil {
		return g
	}
	t, big := s.c.topics.all[m.Conv], s.message.Made().Big
	g.ends = excludes(&change, m.From, s.own.uid)
	switch {
	case t != nil && big && m.CSeq <= t.cursor:
		return groupRow{told: true}
	case t != nil:
		g.told = big && !g.ends // else it may be a small one, about which the server was asked
	case !g.ends && change.Act != msgdef.GroupAsk && change.Act != msgdef.GroupUnban:
		g.begin = big
	}
	return g
}

// excludes reports whether a user is in a group no more after a change.
func excludes(change *msgdef.GroupChange, from, uid uint64) bool {
	switch change.Act {
	case msgdef.GroupLeave:
		return from == uid
	case msgdef.GroupRemove, msgdef.GroupBan:
		return slices.Contains(change.UIDs, uid)
	case msgdef.GroupDissolve:
		return true
	}
	return false
}

// changed does what a row of the inbox, which was handed on, means for its group.
func (s *session) changed(g groupRow, useq uint64, r row) {
	c := s.c
	t := c.topics.all[r.conv]
	switch {
	case g.begin:
		s.beginByRow(useq, r)
	case t != nil && g.told:
		s.lacks(t, r.cseq)
	case t != nil && g.ends:
		c.mu.Lock()
		c.topics.end(t)
		c.mu.Unlock()
		if t.sure {
			s.left(Left{Conv: r.conv, Code: msgdef.CodeForbidden})
		}
	}
}
