package route

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// maxPresence is how many users a question may name and an answer may list, see
// rpc.PresenceRequest.
const maxPresence = 500

// Presence implements rpc.Sessions. Users are listed by ascending id, each
// once. Total counts who is online, listed or not: among those named in any
// region, or altogether in this one. Of users who have sessions in several
// regions those of this one are described. Of the members of a group only how many are
// online is told, as of some time ago, see census. Errors: CodeBadArgument, CodeTimeout,
// and CodeUnavailable when somebody might be called offline out of ignorance.
func (s *Server) Presence(ctx context.Context, req *rpc.PresenceRequest) (*rpc.PresenceReply, error) {
	if err := live(ctx); err != nil {
		return nil, err
	}
	if req.Via != (msgdef.Conversation{}) {
		return s.presenceVia(ctx, req)
	}
	if len(req.UIDs) > maxPresence || req.Limit > maxPresence {
		return nil, rpc.Errorf(msgdef.CodeBadArgument,
			"%d users and limit %d, at most %d", len(req.UIDs), req.Limit, maxPresence)
	}
	limit := int(req.Limit)
	if limit == 0 {
		limit = maxPresence
	}
	if len(req.UIDs) > 0 {
		return s.presenceOf(ctx, req.UIDs, limit)
	}
	if err := s.incomplete(); err != nil {
		return nil, err
	}
	return s.presenceOfAll(limit), nil
}

// presenceOf answers for named users.
func (s *Server) presenceOf(ctx context.Context, uids []uint64, limit int) (*rpc.PresenceReply, error) {
	uids = slices.Clone(uids)
	slices.Sort(uids)
	var found []msgdef.Online
	var strangers []uint64
	for _, uid := range slices.Compact(uids) {
		if online, ok := s.table.online(uid); ok {
			found = append(found, online)
		} else {
			strangers = append(strangers, uid)
		}
	}
	elsewhere, err := s.elsewhere(ctx, strangers)
	if err != nil {
		return nil, err
	}
	found = append(found, elsewhere...)
	slices.SortFunc(found, func(a, b msgdef.Online) int { return cmp.Compare(a.UID, b.UID) })
	return &rpc.PresenceReply{Total: uint32(len(found)), Users: found[:min(limit, len(found))]}, nil
}

// elsewhere asks the registry who of those that have no session here is online.
// When it does not know, that is an error only where they could be online here.
func (s *Server) elsewhere(ctx context.Context, uids []uint64) ([]msgdef.Online, error) {
	if len(uids) == 0 {
		return nil, nil
	}
	if s.options.Registry == nil {
		return nil, s.incomplete()
	}
	online, err := s.options.Registry.Online(ctx, uids)
	if err == nil {
		return online, nil
	}
	if missing := s.incomplete(); missing != nil {
		return nil, rpc.Errorf(msgdef.CodeUnavailable, "%v, and the registry does not answer: %v", missing, err)
	}
	return nil, nil
}

// presenceOfAll answers for everyone.
func (s *Server) presenceOfAll(limit int) *rpc.PresenceReply {
	reply := new(rpc.PresenceReply)
	first := lowest{limit: limit, bound: math.MaxUint64}
	for i := range s.table.shards {
		sh := &s.table.shards[i]
		sh.mu.RLock()
		reply.Total += uint32(len(sh.users))
		for uid, list := range sh.users {
			if uid <= first.bound {
				first.add(summary(uid, list))
			}
		}
		sh.mu.RUnlock()
	}
	first.cut()
	reply.Users = first.users
	return reply
}

// lowest keeps the users with the lowest ids of any number of them, in memory
// for twice the limit.
type lowest struct {
	users []msgdef.Online
	limit int
	bound uint64 // an id above it is not among the lowest
}

// add takes a user, and cuts when there are twice as many as are wanted.
func (l *lowest) add(o msgdef.Online) {
	l.users = append(l.users, o)
	if len(l.users) >= 2*l.limit {
		l.cut()
	}
}

// cut sorts by user id and drops what is over the limit.
func (l *lowest) cut() {
	slices.SortFunc(l.users, func(a, b msgdef.Online) int { return cmp.Compare(a.UID, b.UID) })
	if len(l.users) >= l.limit {
		l.users = l.users[:l.limit]
		l.bound = l.users[l.limit-1].UID
	}
}

// online returns a user's presence; ok is false when there is no session.
func (t *table) online(uid uint64) (o msgdef.Online, ok bool) {
	sh := t.of(uid)
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	list, ok := sh.users[uid]
	if !ok {
		return msgdef.Online{}, false
	}
	return summary(uid, list), true
}

// summary describes a user with at least one session.
func summary(uid uint64, list []session) msgdef.Online {
	o := msgdef.Online{UID: uid, Devices: uint16(min(len(list), math.MaxUint16)), Since: list[0].since}
	for _, s := range list[1:] {
		o.Since = min(o.Since, s.since)
	}
	return o
}
