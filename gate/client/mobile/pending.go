package mobile

import (
	"context"

	"github.com/sim-im/sim/gate/client"
)

// Pending is a message that was queued.
type Pending struct{ handle *client.Handle }

// Counter names it among those of this device, over restarts.
func (p *Pending) Counter() int64 { return int64(p.handle.Counter()) }

// Conv returns its conversation.
func (p *Pending) Conv() []byte {
	m := p.handle.Message()
	return m.Conv[:]
}

// Kind returns what it holds: 1 text.
func (p *Pending) Kind() int { return int(p.handle.Message().Kind) }

// Body returns what it holds.
func (p *Pending) Body() []byte { return append([]byte(nil), p.handle.Message().Body...) }

// Millis returns when it was queued, Unix milliseconds.
func (p *Pending) Millis() int64 { return p.handle.Message().At.UnixMilli() }

// UntilMillis returns from when on it is of no use, Unix milliseconds; 0 when it has
// no time of its own.
func (p *Pending) UntilMillis() int64 {
	if until := p.handle.Message().Until; !until.IsZero() {
		return until.UnixMilli()
	}
	return 0
}

// Wait returns when the message is durable at the server: its place in the
// conversation. It need not be called: Listener.OnOutcome tells too.
func (p *Pending) Wait(call *Call) (int64, error) {
	ctx, cancel := call.context()
	defer cancel()
	sent, err := p.handle.Wait(ctx)
	return int64(sent.CSeq), err
}

// ExpiresMillis returns from when on nobody can read it, Unix milliseconds; 0 for never,
// and until it is sent.
func (p *Pending) ExpiresMillis() int64 {
	if !p.Done() {
		return 0
	}
	sent, err := p.handle.Wait(context.Background())
	if expires := sent.Expires(); err == nil && !expires.IsZero() {
		return expires.UnixMilli()
	}
	return 0
}

// Done reports whether it is sent or has failed; Wait returns at once then.
func (p *Pending) Done() bool {
	select {
	case <-p.handle.Done():
		return true
	default:
		return false
	}
}

// Cancel takes it back if it was never on its way, and reports whether it did.
func (p *Pending) Cancel() bool { return p.handle.Cancel() }

// Discard ends it, though it may have been on its way, and reports whether it
// was pending.
func (p *Pending) Discard() bool { return p.handle.Discard() }

// PendingList is a list of queued messages, the oldest first.
type PendingList struct{ list []*client.Handle }

// Len returns how many there are.
func (l *PendingList) Len() int { return len(l.list) }

// At returns one of them, from 0; nil where there is none.
func (l *PendingList) At(i int) *Pending {
	if i < 0 || i >= len(l.list) {
		return nil
	}
	return &Pending{l.list[i]}
}
