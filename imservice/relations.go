package imservice

import (
	"context"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// Most relations of an answer, see msgdef, and how many there are when nobody says.
const (
	maxRelations  = 500
	someRelations = 200
)

// Relations implements rpc.People. It looks at a bounded number of rows: a page may
// have fewer than were asked for, or none, and still say that there is more.
func (s *Server) Relations(ctx context.Context, query *rpc.RelationsQuery) (*rpc.RelationsReply, error) {
	if err := s.enter(ctx, 0, 0); err != nil {
		return nil, err
	}
	defer s.leave()
	limit, reply := limited(query.Limit, someRelations, maxRelations), new(rpc.RelationsReply)
	rows, err := s.options.Store.RelationsOf(nil, query.UID, query.After, limit)
	if err == nil && s.heads.users.under(query.UID) {
		err = s.synced(ctx)
	}
	if err != nil {
		return nil, s.failure(err)
	}
	if len(rows) == limit {
		reply.Next = rows[limit-1].UID
	}
	for i := range rows {
		if r := &rows[i]; r.State != msgdef.RelationNone || r.Blocked != 0 {
			reply.List = append(reply.List, *r)
		}
	}
	return reply, nil
}
