package route

import (
	"context"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// maxSessions is a limit of the schema, see rpc.SessionBatch.
const maxSessions = 10000

// Register implements rpc.Sessions. Of the sessions of one device the newest
// stays, see newer, and the others are kicked with CodeReplaced; a policy may
// have others kicked with CodeOtherDevice. A session whose
// connection was unregistered already is ignored. Errors: CodeBadArgument, and
// CodeUnavailable for a gate that is not attached.
func (s *Server) Register(ctx context.Context, batch *rpc.SessionBatch) error {
	g, err := s.sender(ctx, batch)
	if g == nil || err != nil {
		return err
	}
	s.topics.watch(g, batch.Topics, 0)
	s.judge(ctx, s.begin(g, batch.Items, 0))
	s.changes.flushAlone()
	return nil
}

// Unregister implements rpc.Sessions. Errors are those of Register; the context
// must outlive the connections it tells of.
func (s *Server) Unregister(ctx context.Context, batch *rpc.SessionBatch) error {
	g, err := s.sender(ctx, batch)
	if g == nil || err != nil {
		return err
	}
	s.end(g, batch.Items)
	s.topics.unwatch(g, batch.Topics)
	s.changes.flushAlone()
	return nil
}

// comers are sessions that began, as far as somebody has to go.
type comers struct {
	crowded []uint64       // users who may have too many now
	evicted []rpc.Eviction // that are about some of them
}

// judge has those kicked that cannot stay.
func (s *Server) judge(ctx context.Context, c comers) {
	if len(c.evicted) > 0 {
		s.evictLate(ctx, c.evicted)
	}
	s.giveWay(ctx, c.crowded)
}

// begin enters sessions of a gate, marked.
func (s *Server) begin(g *gate, items []rpc.Session, mark uint64) (c comers) {
	came, now := s.online("login"), s.clock()
	for i := range items {
		item := &items[i]
		added := sessionOf(g, item)
		added.mark = mark
		e := s.table.add(item.UID, added, s.rules)
		if !e.added {
			continue
		}
		s.counts.registered.Add(1)
		came(item.UID, added, e.first)
		if e.crowded {
			c.crowded = append(c.crowded, item.UID)
		}
		if late, ok := s.recent.about(g.id, item, now); ok {
			c.evicted = append(c.evicted, late)
		}
	}
	return c
}

// end takes sessions of a gate out.
func (s *Server) end(g *gate, items []rpc.Session) {
	went := s.offline("ended")
	for i := range items {
		item := &items[i]
		gone := sessionOf(g, item)
		if removed, last := s.table.remove(item.UID, gone); removed {
			s.counts.unregistered.Add(1)
			went(item.UID, gone, last)
		}
	}
}

// sender checks a batch and returns the gate it comes from; nil for one whose
// batches are to be ignored.
func (s *Server) sender(ctx context.Context, batch *rpc.SessionBatch) (*gate, error) {
	if err := live(ctx); err != nil {
		return nil, err
	}
	if err := checkSessions(batch.Items); err != nil {
		return nil, err
	}
	if len(batch.Topics) > maxSessions {
		return nil, rpc.Errorf(msgdef.CodeBadArgument, "%d topics, at most %d", len(batch.Topics), maxSessions)
	}
	g, err := s.gates.of(batch.Gate, batch.Epoch)
	if err == nil && g == nil {
		s.counts.oldEpoch.Add(1)
	}
	return g, err
}

// checkSessions finds what no gate may send.
func checkSessions(items []rpc.Session) error {
	if len(items) > maxSessions {
		return rpc.Errorf(msgdef.CodeBadArgument, "%d sessions, at most %d", len(items), maxSessions)
	}
	for i := range items {
		if item := &items[i]; item.UID == 0 || item.Device == 0 {
			return rpc.Errorf(msgdef.CodeBadArgument, "session %d has user %d and device %d", i, item.UID, item.Device)
		}
	}
	return nil
}

// sessionOf returns the table's form of a session.
func sessionOf(g *gate, item *rpc.Session) session {
	return session{
		gate: g, device: item.Device, conn: item.Conn, since: item.Since,
		platform: item.Platform, generation: item.Generation,
	}
}

// live returns the error of a context that has ended, as contracts know it.
func live(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return rpc.Errorf(msgdef.CodeTimeout, "%v", err)
	}
	return nil
}
