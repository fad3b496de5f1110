package client

import (
	"time"

	"github.com/sim-im/sim/msgdef"
)

// beat keeps the session alive, and finds out when it is not: a ping at every
// interval, less a random part so that clients do not beat together. Its
// answer also tells whether a notify was lost.
type beat struct {
	options  *Options
	interval time.Duration
	at       time.Time // of the next ping
	nonce    uint64    // of the last one
	late     time.Time // when its answer is late; zero: none is awaited
	heard    time.Time // when anything was read
}

// Bounds of the interval that a server may choose.
const (
	minInterval = 5 * time.Second
	maxInterval = 10 * time.Minute
)

// newBeat starts with the interval of LoginOK, in seconds; 0 means as
// announced.
func newBeat(o *Options, seconds uint32, now time.Time) beat {
	b := beat{options: o, interval: o.Heartbeat, heard: now}
	if seconds != 0 {
		b.interval = min(max(time.Duration(seconds)*time.Second, minInterval), maxInterval)
	}
	b.schedule(now)
	return b
}

func (b *beat) schedule(now time.Time) {
	b.at = now.Add(b.interval - b.options.Backoff.Jitter(b.interval/4))
}

// ping appends a Ping when it is time. Client.mu is held.
func (b *beat) ping(l *link, now time.Time) {
	if !reached(b.at, now) || !b.late.IsZero() {
		return
	}
	b.nonce++
	l.add(&msgdef.Ping{Nonce: b.nonce})
	b.late = now.Add(b.options.Timeouts.Pong)
	b.heard = now
	b.schedule(now)
}

// probe pings now: there is a reason to doubt that the peer is there. Client.mu
// is held.
func (b *beat) probe(l *link, now time.Time) {
	b.at = now
	b.ping(l, now)
}

// pong notes an answer.
func (b *beat) pong(nonce uint64) {
	if nonce == b.nonce {
		b.late = time.Time{}
	}
}

// silent reports whether an answer is late and nothing else came meanwhile: a
// server that is only slow is not left.
func (b *beat) silent(now time.Time) bool {
	if !reached(b.late, now) {
		return false
	}
	b.late = b.heard.Add(b.options.Timeouts.Pong)
	return reached(b.late, now)
}

// next returns when there is something to do.
func (b *beat) next() time.Time {
	if !b.late.IsZero() {
		return b.late
	}
	return b.at
}

// HandlePong implements msgdef.DownHandler. A head above the cursor is a gap
// like any other: what is missing may be on its way.
func (s *session) HandlePong(p *msgdef.Pong) error {
	s.c.inbox.heard(p.Head)
	s.c.mu.Lock()
	s.c.beat.pong(p.Nonce)
	s.c.mu.Unlock()
	return nil
}
