package route

import (
	"context"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route/registry"
)

// Update implements rpc.Roster: the table is an image of the sessions of every
// gate that is attached. An update that was overtaken is counted and changes
// nothing. Errors: CodeBadArgument; CodeUnavailable for a gate that is not
// attached yet, to be tried again; CodeForbidden for a process that was replaced.
func (s *Server) Update(ctx context.Context, u *rpc.RosterUpdate) (*rpc.RosterReply, error) {
	if err := checkUpdate(ctx, u); err != nil {
		return nil, err
	}
	g, err := s.gates.of(u.Gate, u.Epoch)
	if err != nil {
		return nil, err
	}
	if g == nil {
		s.counts.oldEpoch.Add(1)
		return nil, rpc.Errorf(msgdef.CodeForbidden, "epoch %d of gate %q is over", u.Epoch, u.Gate)
	}
	began, reply := s.follow(g, u)
	s.judge(ctx, began)
	s.changes.flushAlone()
	return &reply, nil
}

// checkUpdate finds what no gate may send.
func checkUpdate(ctx context.Context, u *rpc.RosterUpdate) error {
	if err := live(ctx); err != nil {
		return err
	}
	if u.Snapshot && len(u.Ended)+len(u.Unwatched) > 0 {
		return rpc.Errorf(msgdef.CodeBadArgument, "a snapshot with %d sessions that ended, and %d topics", len(u.Ended), len(u.Unwatched))
	}
	if len(u.Watched) > maxSessions || len(u.Unwatched) > maxSessions {
		return rpc.Errorf(msgdef.CodeBadArgument, "%d topics and %d, at most %d", len(u.Watched), len(u.Unwatched), maxSessions)
	}
	if err := checkSessions(u.Began); err != nil {
		return err
	}
	return checkSessions(u.Ended)
}

// follow applies an update and returns what it changed. Updates of a gate are
// applied one after another.
func (s *Server) follow(g *gate, u *rpc.RosterUpdate) (began comers, reply rpc.RosterReply) {
	im := &g.image
	im.mu.Lock()
	defer im.mu.Unlock()
	if im.stale(u) {
		s.counts.stale.Add(1)
		return comers{}, im.want()
	}
	action, reply := im.judge(u)
	if action != registry.Answer {
		began = s.begin(g, u.Began, im.snapshot)
		s.end(g, u.Ended)
		s.topics.watch(g, u.Watched, im.snapshot)
		s.topics.unwatch(g, u.Unwatched)
		reply = im.done(u)
	}
	if action == registry.Part && u.Last {
		s.counts.snapshots.Add(1)
		n := s.table.sweep(g, u.Seq, s.offline("ended"))
		s.counts.unregistered.Add(uint64(n))
		s.topics.sweep(g, u.Seq)
	}
	im.settle(int64(s.clock()))
	return began, reply
}
