package client

import (
	"time"

	"github.com/sim-im/sim/msgdef"
)

// reads are the read positions that the server has not confirmed. Each is
// repeated, less and less often, and on each new connection.
type reads struct {
	open map[msgdef.Conversation]*readMark
	at   time.Time // when the first of them is due; zero: none
}

type readMark struct {
	cseq  uint64
	at    time.Time
	tries int
}

// Bounds of reads. A position that is never confirmed is given up: the
// conversation may be gone.
const (
	maxReads      = 1024
	maxReadTries  = 8
	readRepeat    = 10 * time.Second
	maxReadRepeat = 5 * time.Minute
)

func newReads() reads { return reads{open: make(map[msgdef.Conversation]*readMark)} }

// MarkRead tells the server, and through it the other members, that the user
// has read a conversation up to cseq. It returns at once, and repeats it until
// the server confirms. The error wraps ErrQueueFull, ErrStopped or ErrClosed.
func (c *Client) MarkRead(conv msgdef.Conversation, cseq uint64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.alive(); err != nil {
		return err
	}
	now := c.opts.Now()
	if !c.reads.note(conv, cseq, now) {
		return ErrQueueFull
	}
	if l := c.link; l != nil {
		c.reads.repeat(l, now)
		l.flush(&c.mu, now)
		c.wakeAt(c.reads.next())
	}
	return nil
}

// note keeps a position unless a later one is kept. It returns false when there
// is no room.
func (r *reads) note(conv msgdef.Conversation, cseq uint64, now time.Time) bool {
	mark := r.open[conv]
	switch {
	case mark == nil && len(r.open) >= maxReads:
		return false
	case mark != nil && mark.cseq >= cseq:
		return true
	}
	r.open[conv] = &readMark{cseq: cseq, at: now}
	sooner(&r.at, now)
	return true
}

// repeat appends the positions that are due.
func (r *reads) repeat(l *link, now time.Time) {
	if !reached(r.at, now) {
		return
	}
	r.at = time.Time{}
	for conv, mark := range r.open {
		if reached(mark.at, now) {
			if mark.tries == maxReadTries {
				delete(r.open, conv)
				continue
			}
			l.add(&msgdef.Read{Conv: conv, CSeq: mark.cseq})
			mark.at = now.Add(min(readRepeat<<mark.tries, maxReadRepeat))
			mark.tries++
		}
		sooner(&r.at, mark.at)
	}
}

// resend makes all of them due, for a new connection.
func (r *reads) resend(now time.Time) {
	for _, mark := range r.open {
		mark.at = now
		r.at = now
	}
}

func (r *reads) next() time.Time { return r.at }

// HandleReadOK implements msgdef.DownHandler.
func (s *session) HandleReadOK(ok *msgdef.ReadOK) error {
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	r := &s.c.reads
	if mark := r.open[ok.Conv]; mark != nil && ok.CSeq >= mark.cseq {
		delete(r.open, ok.Conv)
	}
	if len(r.open) == 0 {
		r.at = time.Time{}
	}
	return nil
}

// HandleDeliveredTo implements msgdef.DownHandler.
func (s *session) HandleDeliveredTo(d *msgdef.DeliveredTo) error {
	if s.c.opts.OnDelivered != nil {
		s.c.opts.OnDelivered(*d)
	}
	return nil
}

// HandleReadBy implements msgdef.DownHandler.
func (s *session) HandleReadBy(r *msgdef.ReadBy) error {
	if s.c.opts.OnRead != nil {
		s.c.opts.OnRead(*r)
	}
	return nil
}
