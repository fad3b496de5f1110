package push

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/push/provider"
	"github.com/sim-im/sim/push/queue"
)

// Options is what a Server is made of. Outbox and Queue are needed; the other
// fields have the value in their comment when they are zero.
type Options struct {
	Outbox rpc.Outbox
	Queue  queue.Queue // stays the caller's to close, after the Server

	// Providers bring the notifications. Rows for a provider that is not here are
	// confirmed and counted.
	Providers map[msgdef.PushProvider]provider.Provider

	// Origin is a name of this installation that is part of the ids of
	// notifications, for receivers that serve several.
	Origin string

	// HideText leaves what was written out of notifications.
	HideText bool

	Delay   time.Duration // from a message to its push: 3 s
	Hold    time.Duration // until an unconfirmed row is due again: 60 s
	Timeout time.Duration // of a provider's call: 10 s
	Expire  time.Duration // age of messages that are not pushed any more: 24 h

	Rows  int // in memory: 16,384
	Calls int // under way per provider: 64

	Logger *slog.Logger     // nil is silence
	Now    func() time.Time // nil is time.Now
}

// What is not worth an option.
const (
	maxBatch    = 1000            // of rpc.PushRows and the like
	resolveMost = 256             // rows of one Resolve
	longPoll    = 5 * time.Second // of Due
	callTimeout = 5 * time.Second // of other calls of the outbox and the queue
	firstRetry  = 200 * time.Millisecond
	lastRetry   = 5 * time.Second
)

func (o Options) withDefaults() Options {
	o.Delay = or(o.Delay, 3*time.Second)
	o.Hold = or(o.Hold, time.Minute)
	o.Timeout = or(o.Timeout, 10*time.Second)
	o.Expire = or(o.Expire, 24*time.Hour)
	o.Rows = or(o.Rows, 16384)
	o.Calls = or(o.Calls, 64)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

func (o Options) validate() error {
	switch {
	case o.Outbox == nil:
		return errors.New("push: no outbox")
	case o.Queue == nil:
		return errors.New("push: no queue")
	case o.Delay < 0, o.Timeout < 0, o.Expire < 0, o.Rows < 0, o.Calls < 0:
		return errors.New("push: an option is negative")
	case o.Hold < o.Delay+3*o.Timeout || o.Hold > time.Hour:
		return fmt.Errorf("push: hold of %v, want at least the delay and three timeouts (%v), and at most an hour",
			o.Hold, o.Delay+3*o.Timeout)
	}
	for id, p := range o.Providers {
		if p == nil {
			return fmt.Errorf("push: provider %v is nil", id)
		}
	}
	return nil
}

// or returns v, or what stands for its zero value.
func or[T comparable](v, zero T) T {
	var none T
	if v == none {
		return zero
	}
	return v
}
