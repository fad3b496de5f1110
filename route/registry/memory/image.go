package memory

import (
	"context"
	"sync"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route/registry"
)

// image implements rpc.Roster for one gate's process.
type image struct {
	registry *Registry
	gate     registry.Instance

	mu       sync.Mutex // taken before the registry's
	sequence registry.Sequence
	lease    *lease // that sequence is about; another one knows nothing
}

// Image implements registry.Registry.
func (r *Registry) Image(gate registry.Instance) rpc.Roster {
	return &image{registry: r, gate: gate}
}

// Update implements rpc.Roster. It keeps nothing of the update.
func (i *image) Update(ctx context.Context, u *rpc.RosterUpdate) (*rpc.RosterReply, error) {
	if err := live(ctx); err != nil {
		return nil, err
	}
	if err := i.registry.refusals.Update(i.gate, u); err != nil {
		return nil, err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	owner := i.registry.held(i.gate)
	s := i.registry.state
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := i.follow(owner); err != nil {
		return nil, err
	}
	action, reply := i.sequence.Judge(u)
	switch action {
	case registry.Part:
		i.part(u)
		reply = i.sequence.Done(u)
	case registry.Apply:
		s.apply(i.lease.current, u)
		reply = i.sequence.Done(u)
	}
	return &reply, nil
}

// follow makes the image one of the lease that the gate has now.
func (i *image) follow(owner *announcement) error {
	s := i.registry.state
	l := s.leases[name{i.gate.Role, i.gate.ID}]
	switch {
	case s.away != nil:
		return s.reachable()
	case owner == nil:
		return registry.Unlisted(i.gate.ID)
	case l == nil || l.owner != owner:
		return i.registry.refusals.Epoch(i.gate.ID, i.gate.Epoch)
	case l != i.lease:
		i.lease = l
		i.sequence.Forget()
	}
	return nil
}

// part writes a part of a snapshot beside what is there, and with the last one
// makes the lease name it.
func (i *image) part(u *rpc.RosterUpdate) {
	s, l := i.registry.state, i.lease
	if u.First {
		s.drawn++
		l.next = s.drawn
		s.incarnations[l.next] = &incarnation{gate: i.gate, number: l.next, users: make(map[uint64]uint64)}
	}
	s.apply(l.next, u)
	if u.Last {
		l.current, l.next = l.next, 0
	}
}

// apply changes the rows of an incarnation.
func (s *state) apply(number uint64, u *rpc.RosterUpdate) {
	in := s.incarnations[number]
	for _, b := range u.Began {
		in.users[b.Conn] = b.UID
		if s.users[b.UID] == nil {
			s.users[b.UID] = make(map[ref]session)
		}
		s.users[b.UID][ref{number, b.Conn}] = session{device: b.Device, since: b.Since}
	}
	for _, e := range u.Ended {
		s.remove(in, e.Conn)
	}
}

// remove deletes a row, if there is one.
func (s *state) remove(in *incarnation, conn uint64) {
	uid, ok := in.users[conn]
	if !ok {
		return
	}
	delete(in.users, conn)
	delete(s.users[uid], ref{in.number, conn})
	if len(s.users[uid]) == 0 {
		delete(s.users, uid)
	}
}

// live returns CodeTimeout when the call is over before it began.
func live(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return rpc.Errorf(msgdef.CodeTimeout, "%v", err)
	}
	return nil
}
