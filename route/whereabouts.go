package route

import (
	"context"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// maxWhereabouts is a limit of the schema, see rpc.WhereaboutsQuery.
const maxWhereabouts = 4096

// Whereabouts implements rpc.Contacts: what the service says of who may know, and who
// is online. Of users in other regions the registry knows. Errors are those of
// Presence and of the service.
func (s *Server) Whereabouts(ctx context.Context, query *rpc.WhereaboutsQuery) (*rpc.WhereaboutsReply, error) {
	if err := live(ctx); err != nil {
		return nil, err
	}
	if len(query.Items) > maxWhereabouts {
		return nil, rpc.Errorf(msgdef.CodeBadArgument, "%d users, at most %d", len(query.Items), maxWhereabouts)
	}
	online, err := s.onlineOf(ctx, query.Items)
	if err != nil {
		return nil, err
	}
	asked := &rpc.WhereaboutsQuery{Items: make([]rpc.Whereabout, len(query.Items))}
	for i, it := range query.Items {
		_, here := online[it.UID]
		it.Seen = !here
		asked.Items[i] = it
	}
	reply, err := s.Service.Whereabouts(ctx, asked)
	if err != nil {
		return nil, err
	}
	if len(reply.Items) != len(asked.Items) || len(reply.Invisible) != len(asked.Items) {
		return nil, rpc.Errorf(msgdef.CodeUnavailable, "%d answers about %d users", len(reply.Items), len(asked.Items))
	}
	for i := range reply.Items {
		o, here := online[asked.Items[i].UID]
		if state := &reply.Items[i]; here && state.Code == msgdef.CodeOK && !reply.Invisible[i] {
			state.Online, state.Devices, state.Since, state.Seen = true, o.Devices, o.Since, 0
			state.Platforms = s.table.platforms(o.UID)
		}
	}
	return reply, nil
}

// onlineOf returns who of the users is online.
func (s *Server) onlineOf(ctx context.Context, items []rpc.Whereabout) (map[uint64]msgdef.Online, error) {
	online := make(map[uint64]msgdef.Online, len(items))
	asked := make(map[uint64]struct{}, len(items))
	var uids []uint64
	ask := func() error {
		if len(uids) == 0 {
			return nil
		}
		reply, err := s.presenceOf(ctx, uids, maxPresence)
		if err != nil {
			return err
		}
		for _, o := range reply.Users {
			online[o.UID] = o
		}
		uids = uids[:0]
		return nil
	}
	for i := range items {
		uid := items[i].UID
		if _, twice := asked[uid]; twice {
			continue
		}
		asked[uid] = struct{}{}
		if uids = append(uids, uid); len(uids) == maxPresence {
			if err := ask(); err != nil {
				return nil, err
			}
		}
	}
	return online, ask()
}

// platforms returns the kinds of a user's devices here, see msgdef.PresenceState.
func (t *table) platforms(uid uint64) (bits uint16) {
	sh := t.of(uid)
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	for _, s := range sh.users[uid] {
		bits |= 1 << s.platform // nothing of what is above 15
	}
	return bits
}
