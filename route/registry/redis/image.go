package redis

import (
	"context"
	"errors"
	"sync"

	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route/registry"
)

// errLost says that the lease does not name our incarnation any more.
var errLost = errors.New("registry: lease lost")

// image implements rpc.Roster for one gate's process.
type image struct {
	registry *Registry
	gate     registry.Instance

	mu       sync.Mutex // one update at a time
	sequence registry.Sequence
	current  incarnation // of what sequence is about
	next     incarnation // of the snapshot under way
}

// Image implements registry.Registry.
func (r *Registry) Image(gate registry.Instance) rpc.Roster {
	return &image{registry: r, gate: gate}
}

// Update implements rpc.Roster. It keeps nothing of the update.
func (i *image) Update(ctx context.Context, u *rpc.RosterUpdate) (*rpc.RosterReply, error) {
	r := i.registry
	if err := r.refusals.Update(i.gate, u); err != nil {
		return nil, err
	}
	owner := r.held(i.gate)
	if owner == nil {
		return nil, registry.Unlisted(i.gate.ID)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	reply, err := i.update(ctx, update{RosterUpdate: u, registry: r, owner: owner})
	if errors.Is(err, errLost) {
		i.sequence.Forget()
		reply, err = rpc.RosterReply{}, i.owned(ctx, owner)
	}
	if err != nil {
		return nil, r.failed(ctx, err)
	}
	return &reply, nil
}

func (i *image) update(ctx context.Context, u update) (reply rpc.RosterReply, err error) {
	action, reply := i.sequence.Judge(u.RosterUpdate)
	last, whole := i.sequence.Last()
	u.last = last
	switch {
	case action == registry.Part:
		err = i.part(ctx, u)
	case action == registry.Apply:
		u.in = i.current
		err = u.apply(ctx)
	case whole:
		u.in = i.current
		return reply, u.confirm(ctx)
	default: // it has nothing; whether it may have anything, the lease says
		return reply, i.owned(ctx, u.owner)
	}
	if err != nil {
		return reply, err
	}
	return i.sequence.Done(u.RosterUpdate), nil
}

// part writes a part of a snapshot under an incarnation of its own, which counts
// from the last part on.
func (i *image) part(ctx context.Context, u update) error {
	if u.First {
		i.next = draw()
	}
	u.in = i.next
	if u.First {
		if err := u.begin(ctx); err != nil {
			return err
		}
	}
	if err := u.write(ctx); err != nil || !u.Last {
		return err
	}
	if err := u.settle(ctx); err != nil {
		return err
	}
	i.current = i.next
	return nil
}

// owned takes the lease where it was lost, and refuses where another process has
// it.
func (i *image) owned(ctx context.Context, owner *announcement) error {
	outcome, err := owner.renew(ctx)
	if err == nil && outcome == leaseOthers {
		return i.registry.refusals.Epoch(i.gate.ID, i.gate.Epoch)
	}
	return err
}
