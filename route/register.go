package route

import (
	"context"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// Limits of the schema, see rpc.SessionBatch and rpc.Kicks.
const (
	maxSessions = 10000
	maxKicks    = 4096
)

// Register implements rpc.Sessions. The session that is registered last has the
// device; the one that had it is kicked with CodeReplaced. A session whose
// connection was unregistered already is ignored. Errors: CodeBadArgument, and
// CodeUnavailable for a gate that is not attached.
func (s *Server) Register(ctx context.Context, batch *rpc.SessionBatch) error {
	g, err := s.sender(ctx, batch)
	if g == nil || err != nil {
		return err
	}
	out := make(map[*gate][]rpc.Kick)
	for i := range batch.Items {
		item := &batch.Items[i]
		displaced, added := s.table.add(item.UID, sessionOf(g, item), s.options.Devices)
		if added {
			s.counts.registered.Add(1)
		}
		for _, old := range displaced {
			out[old.gate] = append(out[old.gate], replaced(old, item))
		}
	}
	s.kick(ctx, out)
	return nil
}

// Unregister implements rpc.Sessions. Errors are those of Register; the context
// must outlive the connections it tells of.
func (s *Server) Unregister(ctx context.Context, batch *rpc.SessionBatch) error {
	g, err := s.sender(ctx, batch)
	if g == nil || err != nil {
		return err
	}
	for i := range batch.Items {
		item := &batch.Items[i]
		if s.table.remove(item.UID, sessionOf(g, item)) {
			s.counts.unregistered.Add(1)
		}
	}
	return nil
}

// sender checks a batch and returns the gate it comes from; nil for one whose
// batches are to be ignored.
func (s *Server) sender(ctx context.Context, batch *rpc.SessionBatch) (*gate, error) {
	if err := live(ctx); err != nil {
		return nil, err
	}
	if err := checkSessions(batch); err != nil {
		return nil, err
	}
	g, err := s.gates.of(batch)
	if err == nil && g == nil {
		s.counts.oldEpoch.Add(1)
	}
	return g, err
}

// checkSessions finds what no gate may send.
func checkSessions(batch *rpc.SessionBatch) error {
	if len(batch.Items) > maxSessions {
		return rpc.Errorf(msgdef.CodeBadArgument, "%d sessions, at most %d", len(batch.Items), maxSessions)
	}
	for i := range batch.Items {
		if item := &batch.Items[i]; item.UID == 0 || item.Device == 0 {
			return rpc.Errorf(msgdef.CodeBadArgument, "session %d has user %d and device %d", i, item.UID, item.Device)
		}
	}
	return nil
}

// sessionOf returns the table's form of a session.
func sessionOf(g *gate, item *rpc.Session) session {
	return session{gate: g, device: item.Device, conn: item.Conn, since: item.Since}
}

// replaced says why old has to go.
func replaced(old session, by *rpc.Session) rpc.Kick {
	detail := "too many devices"
	if old.device == by.Device {
		detail = "this device logged in again"
	}
	return rpc.Kick{Conn: old.conn, Code: msgdef.CodeReplaced, Detail: detail}
}

// kick tells gates which sessions were displaced. These are out of the table
// already, so the call is not given up together with the caller's: a connection
// that is not kicked would stay and hear nothing.
func (s *Server) kick(ctx context.Context, out map[*gate][]rpc.Kick) {
	if len(out) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.options.KickTimeout)
	defer cancel()
	for g, kicks := range out {
		s.counts.displaced.Add(uint64(len(kicks)))
		for len(kicks) > 0 {
			n := min(len(kicks), maxKicks)
			err := g.api.Kick(ctx, &rpc.Kicks{Epoch: g.epoch, Items: kicks[:n]})
			s.losses.note(g, "kick", n, err)
			kicks = kicks[n:]
		}
	}
}

// live returns the error of a context that has ended, as contracts know it.
func live(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return rpc.Errorf(msgdef.CodeTimeout, "%v", err)
	}
	return nil
}
