package client

import (
	"maps"
	"slices"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// topics are the big groups that the client follows. Their messages have no place in
// the inbox: each group has a cursor of its own, a cseq.
//
//	a change in the inbox ───┐ begin                  ┌─▶ OnMessage, in order
//	own change acknowledged ─┼───────▶ topic ─ watch ─┤ NotifyConv
//	conversations, at first ─┘           ▲            └─▶ a gap: GetConv after the cursor
//	                                     └─ a change by which the user leaves, or a
//	                                        refusal, ends it: OnLeft
//
// Those that are watched and lack nothing cost nothing; the others are busy. The
// goroutine that handles what is read changes what has a cursor, under mu, and
// reads it without; all else is guarded by mu.
type topics struct {
	all  map[msgdef.Conversation]*topic
	busy map[*topic]struct{} // not watched, or behind

	epoch   uint64 // of the store that the cursors are of; 0: not known
	version uint64 // grows with every change
	saved   uint64 // version that the state has

	listing listing
	watch   watching
	pulls   map[uint64]*topic // under way, by Req
}

// Bounds of topics.
const (
	maxTopics     = 1000
	maxTopicPulls = 8   // under way at once
	maxWatch      = 128 // groups in a Watch
	watchPause    = time.Minute
)

// topic is one big group.
type topic struct {
	conv   msgdef.Conversation
	cursor uint64 // every message up to here was handed on, or is not to be
	head   uint64 // greatest cseq heard of
	window window
	sure   bool // the server has said that it is one, and that the user is in it
	choked bool // of an answer that is read: the application had no room

	// Of the link.
	watched bool      // messages come
	told    bool      // the server has said where the group ends
	asked   uint64    // Req of the Watch under way; 0: none
	known   uint64    // cursor when it was asked
	again   time.Time // when to watch
	at      time.Time // when to pull
	req     uint64    // of the GetConv under way; 0: none
	from    uint64    // its cursor
	until   time.Time // when it is given up
	parts   int       // frames and messages of its answer so far
	fails   int       // in a row
}

// behind reports whether messages are missing.
func (t *topic) behind() bool { return t.head > t.cursor }

// idle reports whether there is nothing to do about t.
func (t *topic) idle() bool { return t.watched && !t.behind() && t.req == 0 }

func newTopics(saved *Snapshot) topics {
	ts := topics{
		all: make(map[msgdef.Conversation]*topic), busy: make(map[*topic]struct{}), pulls: make(map[uint64]*topic),
		epoch: saved.TopicsEpoch, listing: listing{done: saved.TopicsListed, head: saved.TopicsSince},
	}
	for _, s := range saved.Topics[:min(len(saved.Topics), maxTopics)] {
		ts.all[s.Conv] = &topic{conv: s.Conv, cursor: s.Cursor, head: s.Cursor, sure: true}
	}
	return ts
}

// TopicState is how far the messages of a big group were handed over.
type TopicState struct {
	Conv   msgdef.Conversation
	Cursor uint64 // cseq
}

// list returns what a state keeps, in no order.
func (ts *topics) list() []TopicState {
	if len(ts.all) == 0 {
		return nil
	}
	list := make([]TopicState, 0, len(ts.all))
	for t := range maps.Values(ts.all) {
		list = append(list, TopicState{Conv: t.conv, Cursor: t.cursor})
	}
	return list
}

// login takes the store that a new session is in. In another one no cursor counts.
// A user without an inbox is in no group.
func (ts *topics) login(epoch, head uint64) {
	if ts.epoch != 0 && ts.epoch != epoch {
		ts.forget()
	}
	if ts.epoch != epoch {
		ts.epoch = epoch
		ts.version++
	}
	if head == 0 && !ts.listing.done {
		ts.listing.done = true
		ts.version++
	}
}

// forget begins anew: the server tells which groups there are.
func (ts *topics) forget() {
	clear(ts.all)
	clear(ts.busy)
	clear(ts.pulls)
	ts.watch = watching{}
	ts.relist()
}

// relist has the server asked which groups there are.
func (ts *topics) relist() {
	ts.listing = listing{}
	ts.version++
}

// relink makes all of them busy, for a new link.
func (ts *topics) relink(now time.Time) {
	clear(ts.pulls)
	ts.watch = watching{}
	ts.listing.restart(now)
	for t := range maps.Values(ts.all) {
		t.watched, t.told, t.choked, t.asked, t.req, t.fails = false, false, false, 0, 0, 0
		t.again, t.at = now, time.Time{}
		ts.busy[t] = struct{}{}
	}
}

// begin follows a group from a cseq on, and reports whether there is room.
func (ts *topics) begin(conv msgdef.Conversation, cursor uint64, sure bool, now time.Time) bool {
	if len(ts.all) >= maxTopics {
		return false
	}
	t := &topic{conv: conv, cursor: cursor, head: cursor, sure: sure, again: now}
	ts.all[conv], ts.busy[t] = t, struct{}{}
	ts.version++
	return true
}

// end follows a group no more.
func (ts *topics) end(t *topic) {
	delete(ts.all, t.conv)
	delete(ts.busy, t)
	delete(ts.pulls, t.req)
	ts.version++
}

// moved notes that a cursor has moved.
func (ts *topics) moved(t *topic, cursor uint64) {
	t.cursor, t.head = cursor, max(t.head, cursor)
	ts.version++
	ts.settle(t)
}

// settle notes whether there is something to do about t.
func (ts *topics) settle(t *topic) {
	if t.idle() {
		t.at, t.fails = time.Time{}, 0
		delete(ts.busy, t)
		return
	}
	if ts.all[t.conv] == t {
		ts.busy[t] = struct{}{}
	}
}

// lacks notes that a group goes up to head, and when to ask for what is missing.
func (ts *topics) lacks(t *topic, head uint64, at time.Time) {
	t.head = max(t.head, head)
	if t.behind() && t.req == 0 && t.fails == 0 && (t.at.IsZero() || at.Before(t.at)) {
		t.at = at
	}
	ts.settle(t)
}

// rewatch has the server asked again whether the user is in a group, and where it
// ends.
func (ts *topics) rewatch(t *topic, at time.Time) {
	t.watched, t.asked, t.again = false, 0, at
	ts.settle(t)
}

// next returns when there is something to do. inbox says that the inbox lacks
// something.
func (ts *topics) next(inbox bool) (next time.Time) {
	sooner(&next, ts.listing.next())
	sooner(&next, ts.watch.until)
	for t := range ts.busy {
		switch {
		case t.req != 0:
			sooner(&next, t.until)
		case t.told && t.behind() && len(ts.pulls) < maxTopicPulls:
			sooner(&next, t.at)
		}
		if !t.watched && t.asked == 0 && ts.watch.req == 0 && !inbox {
			sooner(&next, t.again)
		}
	}
	return next
}

// wait gives whatever is under way until then to be answered. mu is held.
func (ts *topics) wait(until time.Time) {
	if ts.listing.req != 0 {
		ts.listing.until = until
	}
	if ts.watch.req != 0 {
		ts.watch.until = until
	}
	for _, t := range ts.pulls {
		t.until = until
	}
}

// due asks what is due. mu is held.
func (c *Client) topicsDue(l *link, now time.Time) {
	ts := &c.topics
	c.listDue(l, now)
	if len(ts.busy) == 0 && ts.watch.req == 0 {
		return
	}
	c.watchDue(l, now)
	for t := range ts.busy {
		c.topicDue(l, t, now)
	}
}

// topicDue pulls what is missing, or gives a question up. mu is held.
func (c *Client) topicDue(l *link, t *topic, now time.Time) {
	ts := &c.topics
	switch {
	case t.req != 0 && reached(t.until, now):
		c.topicFailed(t, 0)
	case t.req != 0 || !t.told || !t.behind() || !reached(t.at, now) || len(ts.pulls) >= maxTopicPulls:
	case c.full():
		t.at = now.Add(c.opts.Timeouts.Gap)
	default:
		t.req, t.from, t.parts = c.calls.request(), t.cursor, 0
		t.until, t.at = now.Add(c.opts.Timeouts.Page), time.Time{}
		ts.pulls[t.req] = t
		l.add(&msgdef.GetConv{Req: t.req, Conv: t.conv, After: t.cursor, Limit: pullLimit})
	}
}

// topicFailed waits before pulling again. mu is held.
func (c *Client) topicFailed(t *topic, retry time.Duration) {
	delete(c.topics.pulls, t.req)
	t.req = 0
	t.fails++
	t.at = c.clock.Add(c.opts.Backoff.delay(t.fails, retry))
}

// Topics returns the big groups that the client follows, in no order, and how far
// their messages were handed over.
func (c *Client) Topics() []TopicState {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clip(c.topics.list())
}
