package client

import (
	"math/rand/v2"
	"time"
)

// Backoff spreads reconnects of many clients over time: the n-th delay in a
// row is uniform below Min·2ⁿ, at most Max ("full jitter").
type Backoff struct {
	Min time.Duration // 0 means 500 ms
	Max time.Duration // 0 means 60 s

	// Jitter returns a random duration in [0, limit). nil means a uniform one.
	Jitter func(limit time.Duration) time.Duration
}

// stableAfter is how long a session must last for its loss to count as the
// first failure in a row.
const stableAfter = 10 * time.Second

func (b Backoff) withDefaults() Backoff {
	if b.Min == 0 {
		b.Min = 500 * time.Millisecond
	}
	if b.Max == 0 {
		b.Max = max(60*time.Second, b.Min)
	}
	if b.Jitter == nil {
		b.Jitter = uniform
	}
	return b
}

// delay returns the wait after failures in a row, one or more. The server may
// ask for at least retry.
func (b Backoff) delay(failures int, retry time.Duration) time.Duration {
	limit := b.Min
	for n := 1; n < failures && limit < b.Max; n++ {
		limit *= 2
	}
	return min(max(retry, 0), maxRetry) + b.Jitter(min(limit, b.Max))
}

func uniform(limit time.Duration) time.Duration {
	if limit <= 0 {
		return 0
	}
	return rand.N(limit)
}
