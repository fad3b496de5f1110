package client

import (
	"time"

	"github.com/sim-im/sim/msgdef"
)

// pull is the question for what the inbox lacks. There is one at a time:
//
//	nothing ──gap──▶ waiting for at ──GetMsg──▶ req under way, until a deadline
//	   ▲                  ▲                         │
//	   │                  └─ more is missing, ──────┤
//	   │                     or it failed: backoff  │
//	   └──────────────── nothing is missing ────────┘
type pull struct {
	at       time.Time // when to ask; zero: no need
	req      uint64    // of the question under way; 0: none
	from     uint64    // its cursor
	until    time.Time // when it is given up
	parts    int       // frames and entries of its answer so far
	failures int       // answers in a row that brought nothing
	resets   int       // answers in a row that moved the cursor elsewhere
}

// Bounds of one answer.
const (
	pullLimit    = 256  // entries asked for
	maxPullParts = 4096 // frames and entries of an answer
)

func (p *pull) next() time.Time {
	if p.req != 0 {
		return p.until
	}
	return p.at
}

// pullLater decides when to ask. urgent means at once, and even when nothing
// is known to be missing. mu is held.
func (c *Client) pullLater(now time.Time, urgent bool) {
	p := &c.pull
	if p.req != 0 {
		return
	}
	urgent = urgent || c.background && c.place.behind // no wake-up for that
	if !c.place.behind && !urgent {
		p.at = time.Time{}
		p.failures = 0
		return
	}
	at := now
	switch {
	case p.failures > 0 && !p.at.IsZero():
		return
	case !urgent:
		at = now.Add(c.opts.Timeouts.Gap)
	}
	if p.at.IsZero() || at.Before(p.at) {
		p.at = at
	}
}

// pullDue asks, or gives a question up, when it is time. mu is held.
func (c *Client) pullDue(l *link, now time.Time) {
	p := &c.pull
	switch {
	case p.req != 0 && reached(p.until, now):
		c.pullFailed(now, 0)
	case p.req != 0 || !reached(p.at, now):
	case c.full():
		p.at = now.Add(c.opts.Timeouts.Gap)
	default:
		c.ask(l, now)
	}
}

// ask sends GetMsg. mu is held.
func (c *Client) ask(l *link, now time.Time) {
	p := &c.pull
	p.at = time.Time{}
	p.req = c.calls.request()
	p.from = c.place.cursor
	p.until = now.Add(c.opts.Timeouts.Page)
	p.parts = 0
	question := msgdef.GetMsg{Req: p.req, After: p.from, Limit: pullLimit}
	if p.from != 0 {
		question.StoreEpoch = c.place.epoch
		question.Fingerprint = c.place.last.fingerprint()
	}
	l.add(&question)
	if !c.place.void {
		c.acks = acks{told: max(c.acks.told, p.from)}
	}
}

// pullFailed waits before asking again, at least as long as the server says.
// mu is held.
func (c *Client) pullFailed(now time.Time, retry time.Duration) {
	p := &c.pull
	p.req = 0
	p.failures++
	p.at = now.Add(c.opts.Backoff.delay(p.failures, retry))
}
