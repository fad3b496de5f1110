package gate

import "time"

// rate is how fast a bucket fills and how much it holds. A negative perSecond
// means no limit.
type rate struct {
	perSecond float64
	burst     int
}

// bucket is a token bucket: when, as a time of Server.clock, it will be full again.
// Tokens come at even intervals, so that one word tells how many are missing; this is
// the virtual scheduling of the generic cell rate algorithm (ITU-T I.371, annex A). Its
// zero value is full.
type bucket time.Duration

// take takes a token. Without one, ok is false and wait is how long until
// there is one.
func (b *bucket) take(r rate, now time.Duration) (wait time.Duration, ok bool) {
	if r.perSecond < 0 {
		return 0, true
	}
	full := max(time.Duration(*b), now) + r.after(1)
	if wait = full - now - r.after(r.burst); wait > 0 {
		return wait, false
	}
	*b = bucket(full)
	return 0, true
}

// full tells whether the bucket is as good as a new one.
func (b bucket) full(now time.Duration) bool { return time.Duration(b) <= now }

// after is how long n tokens take to come.
func (r rate) after(n int) time.Duration {
	const ages = 1e9 // seconds; more would not fit into a Duration
	return time.Duration(min(float64(n)/r.perSecond, ages) * float64(time.Second))
}
