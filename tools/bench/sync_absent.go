package bench

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// absent is a client that left, as a State: whatever happens when it comes
// back, it is next time where it was when it left. Only its token is renewed.
type absent struct {
	conv msgdef.Conversation // with the partner
	cseq uint64              // of the newest message it had
	last uint64              // number of the newest message it missed

	mu   sync.Mutex
	left client.Snapshot
}

// Load implements client.State.
func (a *absent) Load() (client.Snapshot, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.left, nil
}

// Save implements client.State.
func (a *absent) Save(s client.Snapshot) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.left.Token, a.left.TokenExpires = bytes.Clone(s.Token), s.TokenExpires
	return nil
}

// Close implements client.State.
func (a *absent) Close() error { return nil }

// leave makes client number log in, get a first message, so that it has a place
// in its inbox, and leave; then its partner writes what it misses.
func (f *catching) leave(ctx context.Context, number int) (_ *absent, err error) {
	partner, err := f.enter(ctx, 2*number+1, client.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, partner.Close()) }()
	got := make(chan uint64, 1)
	state := new(client.MemoryState)
	leaver, err := f.enter(ctx, 2*number, client.Options{State: state, OnMessage: func(m *client.Message) {
		select {
		case got <- m.CSeq:
		default:
		}
	}})
	if err != nil {
		return nil, err
	}
	a := &absent{conv: msgdef.Pair(leaver.UID(), partner.UID()), last: uint64(f.plan.Messages) + 1}
	err = f.write(ctx, partner, a.conv, 1, 1)
	if err == nil {
		a.cseq, err = within(ctx, got)
	}
	if err = errors.Join(err, leaver.Close()); err != nil {
		return nil, err
	}
	if a.left, err = state.Load(); err != nil {
		return nil, err
	}
	return a, f.write(ctx, partner, a.conv, 2, a.last)
}

// enter logs an account in by password.
func (f *catching) enter(ctx context.Context, number int, also client.Options) (*client.Client, error) {
	o := f.options(f.plan.account(number))
	o.Password, o.State, o.OnMessage = password, also.State, also.OnMessage
	c, err := client.New(o)
	if err != nil {
		return nil, err
	}
	if err := connect(ctx, c); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// writeAhead is how many messages a partner has on the way.
const writeAhead = 256

// write sends the messages first to last and waits until all are durable.
func (f *catching) write(ctx context.Context, c *client.Client, conv msgdef.Conversation, first, last uint64) error {
	var mu sync.Mutex
	var failed error
	body := make([]byte, 0, f.plan.Size)
	for n := first; n <= last; n++ {
		c.SendFunc(conv, msgdef.ContentCustom, appendBody(body, n, time.Now(), f.plan.Size), func(_ client.Sent, err error) {
			mu.Lock()
			failed = errors.Join(failed, err)
			mu.Unlock()
		})
		if n == last || (n-first)%writeAhead == writeAhead-1 {
			if err := f.flush(ctx, c); err != nil {
				return err
			}
			mu.Lock()
			err := failed
			mu.Unlock()
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// flush waits until everything was answered, but not for ever.
func (f *catching) flush(ctx context.Context, c *client.Client) error {
	ctx, cancel := context.WithTimeoutCause(ctx, f.plan.patience(), errSilent)
	defer cancel()
	return because(ctx, c.Flush(ctx))
}

// errSilent is a server that does not answer, or not deliver, while a run cannot
// go on without.
var errSilent = errors.New("bench: the server does not answer")

// within waits for a value, but not for ever.
func within[T any](ctx context.Context, from <-chan T) (v T, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, settleWithin, errSilent)
	defer cancel()
	select {
	case v = <-from:
		return v, nil
	case <-ctx.Done():
		return v, context.Cause(ctx)
	}
}
