package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/codec"
	"github.com/sim-im/sim/msgdef/rpc"
)

// Limits of the schema, see rpc.AppNotices.
const (
	maxUIDs    = 512
	maxNotices = 256
)

// Told is what became of a Tell.
type Told struct {
	Sessions int  // that the message is on its way to
	Partial  bool // routes did not know all sessions
}

// Tell sends a message to the sessions of users, wherever they are connected.
// It is not kept for who is not. Messages come in the order of their calls, but
// for one that was under way when its route died, which may come after those
// that went through another one. Clients that speak JSON get it only if the
// message has JSON. An error that comes with sessions tells of regions that it
// did not reach, or did not reach for certain. Errors: ErrType, ErrTooLarge,
// that of Validate, and those of routes.
func Tell[T ~uint16](ctx context.Context, s *Service, m Message[T], uids ...uint64) (Told, error) {
	return TellDevice(ctx, s, m, 0, uids...)
}

// TellDevice is Tell for one device of the users; 0 is all of them.
func TellDevice[T ~uint16](ctx context.Context, s *Service, m Message[T], device uint64, uids ...uint64) (Told, error) {
	if err := s.check(uint16(m.Type()), m.Validate()); err != nil {
		return Told{}, err
	}
	body, err := encode(m.Append, m, codec.Binary)
	if err != nil {
		return Told{}, err
	}
	notice := rpc.AppNotice{Device: device, Type: uint16(m.Type()), Body: body}
	if _, ok := any(m).(jsonMessage); ok {
		if notice.JSON, err = encode(m.Append, m, codec.JSON); err != nil {
			return Told{}, err
		}
	}
	return s.tell(ctx, notice, uids)
}

// tell sends a notice to users, by as many calls as it takes.
func (s *Service) tell(ctx context.Context, notice rpc.AppNotice, uids []uint64) (told Told, err error) {
	for part := range slices.Chunk(uids, maxUIDs*maxNotices) {
		batch := &rpc.AppNotices{Service: s.options.Service}
		for some := range slices.Chunk(part, maxUIDs) {
			notice.UIDs = some
			batch.Items = append(batch.Items, notice)
		}
		t, e := s.tellAll(ctx, batch)
		told.Sessions += t.Sessions
		told.Partial = told.Partial || t.Partial
		err = errors.Join(err, e)
	}
	s.counts.told.Add(uint64(told.Sessions))
	return told, err
}

// tellAll tells one route of each region.
func (s *Service) tellAll(ctx context.Context, batch *rpc.AppNotices) (told Told, err error) {
	regions := s.regions()
	if len(regions) == 0 {
		return Told{}, &rpc.Error{Code: msgdef.CodeUnavailable, Detail: "no route has taken the claim", Undone: true}
	}
	var mu sync.Mutex
	var calls sync.WaitGroup
	for name, links := range regions {
		calls.Go(func() {
			answer, e := tellRegion(ctx, links, *batch)
			mu.Lock()
			defer mu.Unlock()
			if e != nil {
				err = errors.Join(err, fmt.Errorf("region %q: %w", name, e))
				return
			}
			told.Sessions += int(answer.Sessions)
			told.Partial = told.Partial || answer.Partial
		})
	}
	calls.Wait()
	return told, err
}

// regions returns the routes by region, those that hold the claim first and
// otherwise in the order they were given: a user is told by one route as long
// as it works, so that messages keep their order.
func (s *Service) regions() map[string][]*link {
	regions := make(map[string][]*link)
	for _, wanted := range []bool{true, false} {
		for _, l := range s.links {
			if region, held, ok := l.where(); ok && held == wanted {
				regions[region] = append(regions[region], l)
			}
		}
	}
	return regions
}

// tellRegion asks routes in turn until one has told: first those that know all
// sessions, and when there is none, any. What a route may have done is not asked
// of another one.
func tellRegion(ctx context.Context, links []*link, batch rpc.AppNotices) (*rpc.AppTold, error) {
	var last error
	for _, batch.Partial = range []bool{false, true} {
		for _, l := range links {
			told, err := l.tell(ctx, &batch)
			if err == nil {
				return told, nil
			}
			last = err
			if e := (*rpc.Error)(nil); !errors.As(err, &e) || !e.Undone {
				return nil, err
			}
		}
	}
	return nil, last
}

// tell asks one route. One that was started again does not know of the claim
// until it is made anew.
func (l *link) tell(ctx context.Context, batch *rpc.AppNotices) (*rpc.AppTold, error) {
	told, err := l.api.Tell(ctx, batch)
	if rpc.CodeOf(err) != msgdef.CodeForbidden || l.isReleased() {
		return told, err
	}
	l.renew(ctx)
	told, err = l.api.Tell(ctx, batch)
	if e := (*rpc.Error)(nil); errors.As(err, &e) && e.Code == msgdef.CodeForbidden {
		e.Undone = true // it was refused before anything was done
	}
	return told, err
}
