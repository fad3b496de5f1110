package roster

import (
	"log/slog"
	"time"
)

// Options is what a Roster is made of. Gate and Epoch are needed.
type Options struct {
	// Gate is the gate whose sessions these are, Epoch its process.
	Gate  string
	Epoch uint64

	// Changed hears that a required image is in sync, or is not any more: what
	// the route was told meanwhile may not have reached the gate's sessions. It
	// must not block or use the roster. nil is nobody.
	Changed func()

	// Logger gets what operators should know; nil is silence.
	Logger *slog.Logger

	// Now is the clock that says in logs how long an image was behind; nil is
	// time.Now.
	Now func() time.Time

	// Heartbeat is how often an image hears from the gate at least; 0 means 2 s.
	Heartbeat time.Duration

	// Timeout is how long an image may take for an update before it is behind;
	// 0 means 1 s. It gets five times that for a part of a snapshot, for which no
	// login waits.
	Timeout time.Duration

	// RetryMin and RetryMax bound the pauses between tries with an image that is
	// behind, which double and are jittered; 0 means 50 ms and 2 s.
	RetryMin, RetryMax time.Duration

	// Journal is how many changes are kept for images that are behind; beyond it
	// they get a snapshot. 0 means 65,536, about 2.6 MB.
	Journal int
}

// snapshotPatience is how many timeouts a part of a snapshot may take.
const snapshotPatience = 5

// withDefaults fills in what was left out.
func (o Options) withDefaults() Options {
	if o.Changed == nil {
		o.Changed = func() {}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Heartbeat = positive(o.Heartbeat, 2*time.Second)
	o.Timeout = positive(o.Timeout, time.Second)
	o.RetryMin = positive(o.RetryMin, 50*time.Millisecond)
	o.RetryMax = max(positive(o.RetryMax, 2*time.Second), o.RetryMin)
	if o.Journal <= 0 {
		o.Journal = 1 << 16
	}
	return o
}

// positive returns d, or other when d says nothing.
func positive(d, other time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return other
}
