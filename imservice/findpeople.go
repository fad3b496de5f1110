package imservice

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// Search of people.
const (
	leastFound  = 2   // code points that it is for
	mostPeople  = 20  // users of an answer
	scanPeople  = 256 // names that it looks at
	findsMinute = 30  // of one user in a minute
)

// PeopleSearch says how users find each other.
type PeopleSearch uint8

// Ways to find people.
const (
	FindByPrefix PeopleSearch = iota // of the name of the account, or of their own
	FindByName                       // by the whole of one of these
	FindNobody
)

var (
	errBadPrefix = &rpc.Error{Code: msgdef.CodeBadArgument, Detail: "a search is for 2 code points or more, up to 256 bytes"}
	errNoSearch  = &rpc.Error{Code: msgdef.CodeForbidden, Detail: "this installation lets nobody look for people"}
)

// FindPeople implements rpc.People. It looks at a bounded number of names: who is
// not found by a short beginning is by a longer one.
func (s *Server) FindPeople(ctx context.Context, search *rpc.PeopleSearch) (*rpc.ProfilesReply, error) {
	if err := s.enter(ctx, 0, 0); err != nil {
		return nil, err
	}
	defer s.leave()
	prefix := store.Findable(search.Prefix)
	switch {
	case s.options.FindPeople == FindNobody:
		return nil, errNoSearch
	case !utf8.ValidString(search.Prefix), utf8.RuneCountInString(prefix) < leastFound:
		return nil, errBadPrefix
	}
	if wait, ok := s.finds.charge(fmt.Sprint(search.UID), s.options.Now()); !ok {
		busy := rpc.Errorf(msgdef.CodeBusy, "too many searches: try again in %s", wait)
		busy.Retry = uint32(wait.Milliseconds())
		return nil, busy
	}
	found, err := s.options.Store.FindPeople(nil, prefix, store.FoundName{}, scanPeople)
	if err != nil {
		return nil, s.failure(err)
	}
	if s.options.FindPeople == FindByName {
		found = exactly(found, prefix)
	}
	reply := new(rpc.ProfilesReply)
	if reply.List, err = s.foundPeople(ctx, search.UID, found, limited(search.Limit, mostPeople, mostPeople)); err != nil {
		return nil, s.failure(err)
	}
	return reply, nil
}

// exactly leaves the names that are the one looked for.
func exactly(found []store.FoundName, name string) (left []store.FoundName) {
	for _, f := range found {
		if f.Name == name {
			left = append(left, f)
		}
	}
	return left
}

// foundPeople returns the users of names whom somebody may find, each once.
func (s *Server) foundPeople(ctx context.Context, by uint64, found []store.FoundName, limit int) (list []msgdef.UserProfile, err error) {
	seen := map[uint64]bool{}
	for _, f := range found {
		if len(list) == limit || seen[f.UID] {
			continue
		}
		seen[f.UID] = true
		visible, err := s.findable(by, f.UID)
		if err != nil {
			return nil, err
		}
		if !visible {
			continue
		}
		one, err := s.profiles(ctx, by, []uint64{f.UID})
		if err != nil {
			return nil, err
		}
		list = append(list, one...)
	}
	return list, nil
}

// findable tells whether somebody may find a user: who was removed or banned, does
// not want to be found, or blocks them, is not.
func (s *Server) findable(by, uid uint64) (bool, error) {
	d, err := s.options.Store.Standing(uid)
	now := s.options.Now().UnixMilli()
	if err != nil || d.Removed || d.Banned && (d.Until == 0 || d.Until > now) {
		return false, err
	}
	list, err := s.options.Store.Profiles(nil, []uint64{uid})
	if err != nil || list[0].Profile.Hidden && uid != by {
		return false, err
	}
	if _, err := s.people.named(uid); errors.Is(err, store.ErrNotFound) { // made just now
		return false, nil
	} else if err != nil {
		return false, err
	}
	blocked, err := s.blocked(by, uid)
	return !blocked, err
}
