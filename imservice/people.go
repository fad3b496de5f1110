package imservice

import (
	"context"
	"errors"
	"sync"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

const maxLookup = 100 // names, and ids, of rpc.LookupRequest

// people answers who is who. What an account's name is never changes, so what
// was found stays true; what was not found is asked again. Who was removed is
// not found by name any more, and keeps it for those who have messages.
type people struct {
	store  store.Store
	mu     sync.Mutex // guards the caches, not the store
	byUID  *clockCache[uint64, msgdef.User]
	byName *clockCache[string, msgdef.User]
}

func newPeople(s store.Store, limit int) *people {
	return &people{
		store:  s,
		byUID:  newClockCache[uint64, msgdef.User](limit, nil),
		byName: newClockCache[string, msgdef.User](limit, nil),
	}
}

// Lookup implements rpc.Accounts. Users stand in the order of the request,
// those by name first; names that cannot be are unknown.
func (s *Server) Lookup(ctx context.Context, req *rpc.LookupRequest) (*rpc.LookupReply, error) {
	if err := s.enter(ctx, max(len(req.Names), len(req.UIDs)), maxLookup); err != nil {
		return nil, err
	}
	defer s.leave()
	p, reply := s.people, new(rpc.LookupReply)
	for _, name := range req.Names {
		if checkName(name) != nil {
			continue
		}
		u, err := p.called(name)
		if reply.Users, err = appendFound(reply.Users, u, err); err != nil {
			return nil, s.failure(err)
		}
	}
	for _, uid := range req.UIDs {
		u, err := p.named(uid)
		if reply.Users, err = appendFound(reply.Users, u, err); err != nil {
			return nil, s.failure(err)
		}
	}
	return reply, nil
}

// named returns the user with an id.
func (p *people) named(uid uint64) (msgdef.User, error) {
	return find(p, p.byUID, uid, p.store.AccountByUID)
}

// called returns the user with a name. Of a shared store it is asked every time:
// another service may have removed somebody.
func (p *people) called(name string) (msgdef.User, error) {
	if _, shared := p.store.(store.Shared); shared {
		a, err := p.here(name)
		return msgdef.User{UID: a.UID, Name: a.Name}, err
	}
	return find(p, p.byName, name, p.here)
}

// here is AccountByName of those who were not removed.
func (p *people) here(name string) (store.Account, error) {
	a, err := p.store.AccountByName(name)
	if err != nil {
		return a, err
	}
	d, err := p.store.Standing(a.UID)
	if err == nil && d.Removed {
		err = store.ErrNotFound
	}
	return a, err
}

// removed forgets a user's name. Somebody who asked the store before may find
// it once more.
func (p *people) removed(uid uint64) {
	u, err := p.named(uid)
	if err != nil {
		return // then it is not found by it here, or asked for anew
	}
	name := u.Name
	p.mu.Lock()
	defer p.mu.Unlock()
	if known := p.byName.get(name); known != nil {
		*known = msgdef.User{}
	} else {
		p.byName.add(name, msgdef.User{})
	}
}

// find asks the cache, then the store.
func find[K comparable](p *people, cache *clockCache[K, msgdef.User], key K, ask func(K) (store.Account, error)) (msgdef.User, error) {
	p.mu.Lock()
	known := cache.get(key)
	if known != nil {
		u := *known
		p.mu.Unlock()
		if u.UID == 0 {
			return u, store.ErrNotFound
		}
		return u, nil
	}
	p.mu.Unlock()
	a, err := ask(key)
	if err != nil {
		return msgdef.User{}, err
	}
	u := msgdef.User{UID: a.UID, Name: a.Name}
	p.mu.Lock()
	defer p.mu.Unlock()
	if cache.get(key) == nil {
		cache.add(key, u)
	}
	return u, nil
}

func appendFound(users []msgdef.User, u msgdef.User, err error) ([]msgdef.User, error) {
	switch {
	case errors.Is(err, store.ErrNotFound):
		return users, nil
	case err != nil:
		return users, err
	}
	return append(users, u), nil
}
