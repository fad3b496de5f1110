package imservice

import (
	"context"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// mostTold is how many members a group has at most in which others hear that
// somebody is writing.
const mostTold = 200

// Typing implements rpc.Messages. Nobody has to hear: what cannot be looked up now
// is left out.
func (s *Server) Typing(ctx context.Context, batch *rpc.Typings) (*rpc.TypingReply, error) {
	if err := s.enter(ctx, len(batch.Items), maxCommit); err != nil {
		return nil, err
	}
	defer s.leave()
	reply := new(rpc.TypingReply)
	for i := range batch.Items {
		it := &batch.Items[i]
		if _, ok := msgdef.GroupID(it.Conv); !ok {
			continue
		}
		if ctx.Err() != nil {
			return nil, errDeadline
		}
		people, err := s.listeners(it)
		if err != nil {
			s.options.Logger.Warn("members of a group are not told who is writing", "err", err)
			continue
		}
		for _, m := range people {
			if m.Role >= msgdef.RoleMember && m.UID != it.UID && len(reply.Tell) < maxHearers {
				reply.Tell = append(reply.Tell, rpc.Hearer{Item: uint32(i), UID: m.UID})
			}
		}
	}
	reply.Quiet = s.quiet(len(batch.Items), func(i int) (msgdef.Conversation, uint64) { return batch.Items[i].Conv, batch.Items[i].UID })
	return reply, nil
}

// listeners returns the people of a group that somebody may write to now; none
// otherwise, and of a big one or a large one.
func (s *Server) listeners(it *rpc.Typing) ([]msgdef.GroupMember, error) {
	m, row, code, err := s.member(it.Conv, it.UID)
	if err != nil || code != msgdef.CodeOK || row.Big != 0 || row.Members > mostTold {
		return nil, err
	}
	g := newGroup(it.Conv, store.GroupGround{Group: row, People: []msgdef.GroupMember{m}})
	if !g.hears(it.UID, s.options.Now().UnixMilli()) {
		return nil, nil
	}
	return s.options.Store.Members(nil, it.Conv, 0, mostTold+mostOthers)
}

// hears tells whether somebody may write now.
func (g *group) hears(uid uint64, now int64) bool { return g.lets(uid, now) == nil }
