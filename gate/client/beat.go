package client

import (
	"errors"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// beat keeps the session alive, and finds out when it is not: a ping at every
// interval, less a random part so that clients do not beat together. Its
// answer also tells whether a notify was lost, and the rhythm how long the path
// bears silence.
type beat struct {
	options  *Options
	rhythm   *rhythm
	least    time.Duration // of the interval
	most     time.Duration // of it, in the background
	interval time.Duration
	told     time.Duration // the interval that the gate knows
	trying   bool          // the interval is new: no random part
	at       time.Time     // of the next ping
	nonce    uint64        // of the last one
	silence  time.Duration // before it; 0 when it teaches nothing
	late     time.Time     // when its answer is late; zero: none is awaited
	heard    time.Time     // when anything was read
}

// Bounds of the interval that a server may choose.
const (
	minInterval = 5 * time.Second
	maxInterval = 10 * time.Minute
)

// newBeat starts a session for which told was announced and the gate answered
// with seconds; 0 means as announced. A gate that grants less grants no more
// later, and one that wants less gets that.
func newBeat(o *Options, r *rhythm, told time.Duration, seconds uint32, now time.Time) beat {
	b := beat{options: o, rhythm: r, least: leastBeat, most: mostBeat, told: told, heard: now}
	granted := min(max(time.Duration(seconds)*time.Second, minInterval), maxInterval)
	switch {
	case seconds == 0:
	case granted < told:
		b.most, b.least, b.told = granted, min(granted, b.least), granted
	case granted > told:
		b.least, b.most, b.told = granted, max(granted, b.most), granted
	}
	return b
}

// pace sets the interval from what the rhythm knows, and returns whether the
// gate has to be told.
func (b *beat) pace(background bool, now time.Time) (news bool) {
	most := b.most
	if !background {
		most = max(min(most, b.options.Heartbeat), b.least)
	}
	b.interval, b.trying = b.rhythm.interval(b.least, most, now)
	b.schedule(now)
	return b.interval != b.told
}

func (b *beat) schedule(now time.Time) {
	b.at = now.Add(b.interval)
	if !b.trying {
		b.at = b.at.Add(-b.options.Backoff.Jitter(b.interval / 4))
	}
}

// ping appends a Ping when it is time. Client.mu is held.
func (b *beat) ping(l *link, now time.Time) {
	if !reached(b.at, now) || !b.late.IsZero() {
		return
	}
	b.send(l, now)
	// A machine that slept woke up late, and that says nothing of the path.
	if over := b.silence - b.interval; over > b.interval/4 || -over > b.interval/2 {
		b.silence = 0
	}
}

// probe pings now: there is a reason to doubt that the peer is there. Client.mu
// is held.
func (b *beat) probe(l *link, now time.Time) {
	if b.late.IsZero() {
		b.send(l, now)
		b.silence = 0
	}
}

func (b *beat) send(l *link, now time.Time) {
	b.nonce++
	l.add(&msgdef.Ping{Nonce: b.nonce})
	b.late = now.Add(b.options.Timeouts.Pong)
	b.silence = now.Sub(latest(b.heard, l.spoke))
	b.heard = now
	b.schedule(now)
}

// pong notes an answer, and returns whether it is the one awaited.
func (b *beat) pong(nonce uint64) bool {
	if nonce != b.nonce || b.late.IsZero() {
		return false
	}
	b.late = time.Time{}
	if b.silence > 0 {
		b.rhythm.answered(b.silence)
	}
	return true
}

// died notes how a session ended: lost while a ping was awaited, it may have
// been the silence before.
func (b *beat) died(err error, now time.Time) {
	if b.late.IsZero() || b.silence == 0 || !(errors.Is(err, ErrSilent) || errors.Is(err, ErrUnreachable)) {
		return
	}
	b.rhythm.unanswered(b.silence, now)
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
	c := s.c
	c.inbox.heard(p.Head)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.beat.pong(p.Nonce) {
		s.calm = true
		if c.beat.silence > 0 {
			c.announce(s.link, c.clock)
		}
	}
	return nil
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
