package client

import (
	"time"

	"github.com/sim-im/sim/msgdef"
)

// listing asks a server which big groups there are, page by page, on a device that
// is new or has missed changes of its inbox. It follows them from where they end;
// those of which a row of the inbox tells that the list does not know of yet, from
// that change on.
type listing struct {
	done  bool
	head  uint64 // useq that the list is not older than
	req   uint64 // of the question under way; 0: none
	at    time.Time
	until time.Time
	fails int

	pages int
	after msgdef.Conversation // the last one so far
	found []TopicState
	rows  []changedRow // that came meanwhile
}

// changedRow is a row of the inbox by which a group is to be followed.
type changedRow struct {
	useq uint64
	row  row
}

// restart asks from the beginning, on a new link.
func (q *listing) restart(now time.Time) {
	if !q.done {
		*q = listing{at: now, rows: q.rows}
	}
}

func (q *listing) next() time.Time {
	if q.req != 0 {
		return q.until
	}
	return q.at
}

// listDue asks for a page, or gives a question up. mu is held.
func (c *Client) listDue(l *link, now time.Time) {
	q := &c.topics.listing
	switch {
	case q.done:
	case q.req != 0 && reached(q.until, now):
		c.listFailed(0)
	case q.req == 0 && reached(q.at, now):
		q.req, q.at, q.until = c.calls.request(), time.Time{}, now.Add(c.opts.Timeouts.Page)
		l.add(&msgdef.GetConversations{Req: q.req, After: q.after})
	}
}

// listFailed waits before asking again. mu is held.
func (c *Client) listFailed(retry time.Duration) {
	q := &c.topics.listing
	q.req = 0
	q.fails++
	q.at = c.clock.Add(c.opts.Backoff.delay(q.fails, retry))
}

// failListing takes the server's refusal of a page, and reports whether it is one.
func (c *Client) failListing(req uint64, refusal *Error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if req == 0 || req != c.topics.listing.req {
		return false
	}
	c.listFailed(refusal.Retry)
	return true
}

// listed takes a frame of a page, and reports whether it is one.
func (s *session) listed(m *msgdef.Conversations) bool {
	c := s.c
	c.mu.Lock()
	defer c.mu.Unlock()
	q := &c.topics.listing
	if q.req == 0 || m.Req != q.req {
		return false
	}
	q.until = c.clock.Add(c.opts.Timeouts.Page)
	if q.pages == 0 {
		q.head = m.Head
	}
	for i := range m.List {
		q.after = m.List[i].Conv
		if m.List[i].Big && len(q.found) < maxTopics {
			q.found = append(q.found, TopicState{Conv: m.List[i].Conv, Cursor: m.List[i].Head})
		}
	}
	if !m.Last {
		return true
	}
	q.req, q.fails = 0, 0
	q.pages++
	if q.at = c.clock; !m.More {
		c.follow()
	}
	return true
}

// follow ends the listing. mu is held.
func (c *Client) follow() {
	ts := &c.topics
	q := ts.listing
	ts.listing = listing{done: true, head: q.head}
	ts.version++
	for _, f := range q.found {
		if ts.all[f.Conv] == nil {
			ts.begin(f.Conv, f.Cursor, true, c.clock)
		}
	}
	for _, r := range q.rows {
		if r.useq > q.head && ts.all[r.row.conv] == nil {
			ts.begin(r.row.conv, r.row.cseq, false, c.clock)
		}
	}
}

// beginByRow follows the group that a row of the inbox tells of. A row that the list
// of conversations knew of says nothing new.
func (s *session) beginByRow(useq uint64, r row) {
	c := s.c
	c.mu.Lock()
	q := &c.topics.listing
	wait := !q.done
	if wait && len(q.rows) < maxTopics {
		q.rows = append(q.rows, changedRow{useq: useq, row: r})
	}
	old := useq <= q.head
	c.mu.Unlock()
	if !wait && !old {
		s.beginTopic(r.conv, r.cseq, false)
	}
}
