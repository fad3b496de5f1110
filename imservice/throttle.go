package imservice

import (
	"math"
	"net/netip"
	"sync"
	"time"
)

// throttle limits attempts per key: so many at once, and as many per minute, or
// another span, again after that. Memory is bounded; a key that was given up starts afresh,
// which costs an attacker one attempt on another key.
type throttle struct {
	limit float64
	per   time.Duration
	mu    sync.Mutex
	keys  *clockCache[string, bucket]
}

// bucket drains at limit per span.
type bucket struct {
	level float64
	at    time.Time
	wrong time.Time // of the last attempt that failed; zero: none
}

// blemished is how long an attempt that failed speaks against its key.
const blemished = time.Hour

// throttledKeys is how many keys a throttle remembers.
const throttledKeys = 64 << 10

func newThrottle(perMinute int) *throttle { return newThrottleOver(perMinute, time.Minute) }

// newThrottleOver returns one of so many attempts in a span.
func newThrottleOver(limit int, per time.Duration) *throttle {
	return &throttle{limit: float64(limit), per: per, keys: newClockCache[string, bucket](throttledKeys, nil)}
}

// charge counts an attempt before its outcome is known, so that parallel ones
// count too. If it may not be made, it returns how long to wait.
func (t *throttle) charge(key string, now time.Time) (wait time.Duration, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	b := t.drained(key, now)
	if b.level+1 > t.limit {
		missing := (b.level + 1 - t.limit) / t.limit
		return time.Duration(math.Ceil(missing*t.per.Seconds())) * time.Second, false
	}
	b.level++
	return 0, true
}

// drained returns the bucket of a key as it is now. The lock is held.
func (t *throttle) drained(key string, now time.Time) *bucket {
	b := t.keys.get(key)
	if b == nil {
		b = t.keys.add(key, bucket{at: now})
	}
	if since := now.Sub(b.at); since > 0 {
		b.level = max(0, b.level-since.Seconds()/t.per.Seconds()*t.limit)
	}
	b.at = now
	return b
}

// blame notes that an attempt failed, for clean.
func (t *throttle) blame(key string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.drained(key, now).wrong = now
}

// clean reports whether no attempt of a key is under way, and none failed lately.
func (t *throttle) clean(key string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	b := t.drained(key, now)
	return b.level < 1 && (b.wrong.IsZero() || now.Sub(b.wrong) >= blemished)
}

// refund takes an attempt back that turned out not to be a failure.
func (t *throttle) refund(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if b := t.keys.get(key); b != nil {
		b.level = max(0, b.level-1)
	}
}

// source is what attempts of an address are counted under: the address
// without its port, and of IPv6 the /64 that one customer has.
func source(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		ap, err := netip.ParseAddrPort(address)
		if err != nil {
			return address[:min(len(address), 64)]
		}
		a = ap.Addr()
	}
	a = a.Unmap().WithZone("")
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}
