package push_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// outbox is the message service's side of rpc.Outbox, in memory.
type outbox struct {
	t *testing.T

	mu        sync.Mutex
	last      uint64
	rows      map[uint64]*held
	cursors   map[device]uint64
	confirmed map[uint64]rpc.PushOutcome
	changed   chan struct{}
	failDue   error
	failOther error
}

type device struct{ uid, id uint64 }

type held struct {
	rpc.PushRow
	text     string
	provider msgdef.PushProvider
	until    time.Time // held
}

func newOutbox(t *testing.T) *outbox {
	return &outbox{
		t: t, rows: map[uint64]*held{}, cursors: map[device]uint64{},
		confirmed: map[uint64]rpc.PushOutcome{}, changed: make(chan struct{}),
	}
}

// add commits a message for a user's device 1 and returns its row.
func (o *outbox) add(uid uint64, text string) uint64 {
	return o.addFor(uid, text, msgdef.PushLog, time.Now())
}

func (o *outbox) addFor(uid uint64, text string, p msgdef.PushProvider, at time.Time) uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last++
	o.rows[o.last] = &held{
		PushRow: rpc.PushRow{ID: o.last, UID: uid, Device: 1, USeq: o.last, At: at.UnixMilli()},
		text:    text, provider: p,
	}
	close(o.changed)
	o.changed = make(chan struct{})
	return o.last
}

// read moves a device's cursor past a row.
func (o *outbox) read(uid, useq uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.cursors[device{uid, 1}] = useq
}

// fail makes Due, and the other calls, fail; nil heals them.
func (o *outbox) fail(due, other error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.failDue, o.failOther = due, other
}

// release ends all holds after a while.
func (o *outbox) release(after time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, r := range o.rows {
		r.until = time.Now().Add(after)
	}
}

// left returns how many rows are not confirmed.
func (o *outbox) left() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.rows)
}

func (o *outbox) outcome(id uint64) (rpc.PushOutcome, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	out, ok := o.confirmed[id]
	return out, ok
}

// Due implements rpc.Outbox.
func (o *outbox) Due(ctx context.Context, req *rpc.DueRequest) (*rpc.DueReply, error) {
	deadline := time.Now().Add(time.Duration(req.Wait) * time.Millisecond)
	for {
		reply, next, changed, err := o.free(req)
		if err != nil || len(reply.Items) > 0 || !time.Now().Before(deadline) {
			return reply, err
		}
		if deadline.Before(next) || next.IsZero() {
			next = deadline
		}
		timer := time.NewTimer(time.Until(next))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		case <-timer.C:
		case <-changed:
			timer.Stop()
		}
	}
}

// free takes rows nobody holds, or tells when there may be one.
func (o *outbox) free(req *rpc.DueRequest) (*rpc.DueReply, time.Time, <-chan struct{}, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.failDue != nil {
		return nil, time.Time{}, nil, o.failDue
	}
	now, reply, next := time.Now(), &rpc.DueReply{}, time.Time{}
	for _, r := range o.rows {
		if now.Before(r.until) {
			if next.IsZero() || r.until.Before(next) {
				next = r.until
			}
			continue
		}
		if len(reply.Items) < int(req.Limit) {
			r.until = now.Add(time.Duration(req.Hold) * time.Millisecond)
			reply.Items = append(reply.Items, r.PushRow)
		}
	}
	slices.SortFunc(reply.Items, func(a, b rpc.PushRow) int { return int(a.ID) - int(b.ID) })
	return reply, next, o.changed, nil
}

// Resolve implements rpc.Outbox.
func (o *outbox) Resolve(_ context.Context, rows *rpc.PushRows) (*rpc.PushTargets, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.failOther != nil {
		return nil, o.failOther
	}
	targets := &rpc.PushTargets{}
	for _, in := range rows.Items {
		r := o.rows[in.ID]
		if r == nil || r.USeq != in.USeq || o.cursors[device{in.UID, in.Device}] >= in.USeq {
			targets.Items = append(targets.Items, rpc.PushTarget{Obsolete: true})
			continue
		}
		m := msgdef.Message{
			Conv: msgdef.Pair(1, in.UID), CSeq: in.USeq, From: 1, At: in.At,
			Kind: msgdef.ContentText, Body: []byte(r.text),
		}
		targets.Items = append(targets.Items, rpc.PushTarget{
			Provider: r.provider, Token: fmt.Appendf(nil, "token-%d", in.UID), From: "alice", Message: m.Append(nil),
		})
	}
	return targets, nil
}

// Confirm implements rpc.Outbox.
func (o *outbox) Confirm(_ context.Context, outcomes *rpc.PushOutcomes) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.failOther != nil {
		return o.failOther
	}
	for _, out := range outcomes.Items {
		delete(o.rows, out.ID)
		o.confirmed[out.ID] = out
	}
	return nil
}

// phone is a provider that remembers, and answers as it is told.
type phone struct {
	mu     sync.Mutex
	got    []received
	now    int // calls under way
	most   int
	answer func(ctx context.Context, n *received) error // nil: delivered
}
