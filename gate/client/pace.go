package client

import "time"

// pace decides how many messages may be on the wire, so that an offline queue
// does not beat against a server that is busy: what is behind a refused message
// is refused with it. Busy: wait as told, then start with one, and
// one more for each acknowledgement.
type pace struct {
	limit  int // on the wire at once
	most   int
	until  time.Time // nothing is written before; zero when it may be
	misses int       // refusals since the last acknowledgement
}

// pauseFirst and pauseMost bound the wait when the server does not say.
const (
	pauseFirst = 250 * time.Millisecond
	pauseMost  = 30 * time.Second
)

func newPace(most int) pace { return pace{limit: most, most: most} }

// acked opens the window by one.
func (p *pace) acked() {
	p.misses = 0
	p.limit = min(p.limit+1, p.most)
}

// refused closes the window. retry is what the server asks for, or 0.
func (p *pace) refused(now time.Time, retry time.Duration) {
	if retry <= 0 {
		retry = min(pauseFirst<<min(p.misses, 16), pauseMost)
	}
	if p.until.IsZero() { // a burst that is refused together counts once
		p.misses++
	}
	p.limit = 1
	if until := now.Add(retry); until.After(p.until) {
		p.until = until
	}
}

// open reports whether n messages on the wire allow one more.
func (p *pace) open(n int) bool { return n < p.limit && p.until.IsZero() }

// resume ends a pause that is over, and reports whether it did.
func (p *pace) resume(now time.Time) bool {
	if p.until.IsZero() || now.Before(p.until) {
		return false
	}
	p.until = time.Time{}
	return true
}
