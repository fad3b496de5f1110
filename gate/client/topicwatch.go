package client

import (
	"time"

	"github.com/sim-im/sim/msgdef"
)

// watching is the Watch under way, of which there is one at a time.
type watching struct {
	req   uint64    // 0: none
	until time.Time // when it is given up
}

// Left says that the messages of a big group come no more: the user has left, was
// removed, or the group is dissolved.
type Left struct {
	Conv msgdef.Conversation
	Code msgdef.ErrorCode // CodeForbidden, or CodeUnknownConversation when there is no such group
}

// watchDue asks for the messages of groups that do not come yet. What the inbox
// lacks comes first: it may say that the user is in a group no more, or again. mu
// is held.
func (c *Client) watchDue(l *link, now time.Time) {
	ts := &c.topics
	if reached(ts.watch.until, now) {
		c.watchFailed(0)
	}
	if ts.watch.req != 0 || c.place.behind {
		return
	}
	var question msgdef.Watch
	for t := range ts.busy {
		if t.watched || t.asked != 0 || !reached(t.again, now) || len(question.Convs) >= maxWatch {
			continue
		}
		if question.Req == 0 {
			question.Req = c.calls.request()
		}
		t.asked, t.known, t.again = question.Req, t.cursor, time.Time{}
		question.Convs = append(question.Convs, t.conv)
	}
	if question.Req != 0 {
		ts.watch = watching{req: question.Req, until: now.Add(c.opts.Timeouts.Page)}
		l.add(&question)
	}
}

// watchFailed waits before asking again. mu is held.
func (c *Client) watchFailed(retry time.Duration) {
	ts := &c.topics
	for t := range ts.busy {
		if t.asked != 0 && t.asked == ts.watch.req {
			t.fails++
			t.asked, t.again = 0, c.clock.Add(c.opts.Backoff.delay(t.fails, retry))
		}
	}
	ts.watch = watching{}
}

// HandleWatching implements msgdef.DownHandler. An answer that nobody waits for is
// dropped.
func (s *session) HandleWatching(m *msgdef.Watching) error {
	c := s.c
	var left []Left
	c.mu.Lock()
	if m.Req != c.topics.watch.req || m.Req == 0 {
		c.mu.Unlock()
		return nil
	}
	c.topics.watch = watching{}
	for i := range m.List {
		w := &m.List[i]
		if t := c.topics.all[w.Conv]; t != nil && t.asked == m.Req {
			left = append(left, c.watched(t, w)...)
		}
	}
	for t := range c.topics.busy {
		if t.asked == m.Req { // the server said nothing of it
			t.asked, t.again = 0, c.clock.Add(watchPause)
		}
	}
	c.mu.Unlock()
	for _, gone := range left {
		s.left(gone)
	}
	return nil
}

// watched takes what the server says of one group. mu is held.
func (c *Client) watched(t *topic, w *msgdef.Watched) (left []Left) {
	ts := &c.topics
	t.asked = 0
	switch w.Code {
	case msgdef.CodeForbidden, msgdef.CodeUnknownConversation, msgdef.CodeBadArgument:
		ts.end(t)
		if t.sure && w.Code != msgdef.CodeBadArgument {
			left = append(left, Left{Conv: t.conv, Code: w.Code})
		}
		return left
	case msgdef.CodeOK:
		t.watched, t.fails = true, 0
	default: // it watches too many, or there was a change just then
		t.again = c.clock.Add(watchPause)
	}
	t.sure = true
	if w.Code == msgdef.CodeOK || w.Head > 0 {
		t.told = true
		c.topicHead(t, w.Head)
	}
	ts.settle(t)
	return nil
}

// topicHead takes where a group ends. One that ends before the cursor that it was
// asked about is another one, of a store that was restored. mu is held.
func (c *Client) topicHead(t *topic, head uint64) {
	ts := &c.topics
	if head < t.known {
		c.opts.Logger.Warn("client group begun anew", "cursor", t.cursor, "head", head)
		t.window, t.head = window{}, head
		t.cursor = head
		ts.version++
	}
	if t.head = max(t.head, head); t.behind() {
		t.at = c.clock
	}
}

// left tells the application that a group is over for it.
func (s *session) left(gone Left) {
	if s.c.opts.OnLeft != nil {
		s.c.opts.OnLeft(gone)
	}
}

// HandleConvHead implements msgdef.DownHandler. That the user is in a group no more
// may be old by now: the answer to another Watch is not.
func (s *session) HandleConvHead(h *msgdef.ConvHead) error {
	c := s.c
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.topics.all[h.Conv]
	switch {
	case t == nil:
	case h.Code != msgdef.CodeOK || h.CSeq < t.cursor && t.watched:
		c.topics.rewatch(t, c.clock)
	default:
		c.topics.lacks(t, h.CSeq, c.clock)
	}
	return nil
}

// failWatch takes the server's refusal of a Watch.
func (c *Client) failWatch(req uint64, refusal *Error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if req != 0 && req == c.topics.watch.req {
		c.watchFailed(refusal.Retry)
	}
}
