package gate

import "time"

// rate is how fast a bucket fills and how much it holds. A negative perSecond
// means no limit.
type rate struct {
	perSecond float64
	burst     int
}

// bucket is a token bucket. Its zero value is full. Times are those of
// Server.clock.
type bucket struct {
	spent float64 // tokens missing, as of last
	last  time.Duration
}

// take takes a token. Without one, ok is false and wait is how long until
// there is one.
func (b *bucket) take(r rate, now time.Duration) (wait time.Duration, ok bool) {
	if r.perSecond < 0 {
		return 0, true
	}
	b.refill(r, now)
	if b.spent+1 > float64(r.burst) {
		missing := b.spent + 1 - float64(r.burst)
		return time.Duration(missing / r.perSecond * float64(time.Second)), false
	}
	b.spent++
	return 0, true
}

// full tells whether the bucket is as good as a new one.
func (b *bucket) full(r rate, now time.Duration) bool {
	b.refill(r, now)
	return b.spent == 0
}

func (b *bucket) refill(r rate, now time.Duration) {
	if elapsed := now - b.last; elapsed > 0 {
		b.spent = max(0, b.spent-elapsed.Seconds()*r.perSecond)
		b.last = now
	}
}
