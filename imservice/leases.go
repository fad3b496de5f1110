package imservice

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

const (
	maxRegions = 1024 // that leases are kept of
	maxLabel   = 64   // bytes of rpc.LeaseRequest.Region and Holder
)

// leases hand out the mastership of regions. The store has the terms; who
// holds one, and until when, is in memory and by the monotonic clock:
//
//	free ──anybody asks: term + 1, durable──▶ held ──not renewed in time──▶ free
//	                                           ▲ │
//	                                           └─┘ its holder asks
//
// After a start nobody knows who holds what. A region that ever had a master is
// then given to nobody for one lease time, except to who names its term: only
// the master of before can.
//
// A shared store keeps all of it, by its own clock.
type leases struct {
	store  store.Terms
	shared store.Shared // the same, if it is
	now    func() time.Time
	length time.Duration
	opened time.Time

	mu      sync.Mutex // held over writes of the store: they are few
	regions map[string]*lease
}

// lease is the mastership of a region.
type lease struct {
	term   uint64 // greatest ever
	holder string // "" when nobody has held it since the start
	until  time.Time
}

var (
	errLease   = &rpc.Error{Code: msgdef.CodeBadArgument, Detail: "a region and a holder are 1 to 64 bytes"}
	errRegions = &rpc.Error{Code: msgdef.CodeBadArgument, Detail: "too many regions"}
)

func newLeases(o Options) *leases {
	shared, _ := o.Store.(store.Shared)
	return &leases{
		store: o.Store, shared: shared, now: o.Now, length: o.Limits.Lease, opened: o.Now(),
		regions: make(map[string]*lease),
	}
}

// Lease implements rpc.Leases.
func (s *Server) Lease(ctx context.Context, req *rpc.LeaseRequest) (*rpc.LeaseReply, error) {
	if err := s.enter(ctx, 0, 0); err != nil {
		return nil, err
	}
	defer s.leave()
	reply, err := s.leases.lease(req)
	if err != nil {
		return nil, s.failure(err)
	}
	return reply, nil
}

func (l *leases) lease(req *rpc.LeaseRequest) (*rpc.LeaseReply, error) {
	if len(req.Region) == 0 || len(req.Region) > maxLabel || len(req.Holder) == 0 || len(req.Holder) > maxLabel {
		return nil, errLease
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.shared != nil {
		return l.granted(req)
	}
	now := l.now()
	region, err := l.region(req.Region)
	if err != nil {
		return nil, err
	}
	switch {
	case now.Before(region.until):
		if region.holder == "" && req.Term != 0 && req.Term == region.term {
			region.holder = strings.Clone(req.Holder) // an argument is not kept
		}
	default:
		if err := l.store.PutTerm(req.Region, region.term+1); err != nil {
			return nil, err
		}
		region.term++
		region.holder, now = strings.Clone(req.Holder), l.now()
	}
	if region.holder == req.Holder {
		region.until = now.Add(l.length)
	}
	left := uint32(region.until.Sub(now) / time.Millisecond)
	return &rpc.LeaseReply{Holder: region.holder, Term: region.term, Left: left}, nil
}

// granted is lease of a shared store, which names no more regions than here are
// remembered.
func (l *leases) granted(req *rpc.LeaseRequest) (*rpc.LeaseReply, error) {
	if _, err := l.region(req.Region); err != nil {
		return nil, err
	}
	g, err := l.shared.Lease(req.Region, req.Holder, l.length)
	return &rpc.LeaseReply{Holder: g.Holder, Term: g.Term, Left: uint32(g.Left / time.Millisecond)}, err
}

// region returns the lease of a region; one that had a master before the start
// counts as held for one lease time after it.
func (l *leases) region(name string) (*lease, error) {
	if known := l.regions[name]; known != nil {
		return known, nil
	}
	if len(l.regions) >= maxRegions {
		return nil, errRegions
	}
	term, err := l.store.Term(name)
	if err != nil {
		return nil, err
	}
	region := &lease{term: term}
	if term > 0 {
		region.until = l.opened.Add(l.length)
	}
	l.regions[strings.Clone(name)] = region
	return region, nil
}
