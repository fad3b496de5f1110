package route

import (
	"cmp"
	"context"
	"slices"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// maxKicks is a limit of the schema, see rpc.Kicks.
const maxKicks = 4096

// Why a session has to give way, as clients are told.
const (
	sameDevice = "this device logged in again"
	tooMany    = "too many devices"
)

// newer orders sessions of a user: the one that began later wins, wherever it
// is. All routes order alike, so that two masters in a row agree on who stays.
func newer(a, b session) int {
	return cmp.Or(
		cmp.Compare(b.since, a.since),
		cmp.Compare(b.gate.id, a.gate.id),
		cmp.Compare(b.gate.epoch, a.gate.epoch),
		cmp.Compare(b.conn, a.conn),
	)
}

// excess returns the sessions of a user that have to give way, and why: all but
// the newest of a device, and the oldest devices above max. The list stays as it
// is.
func excess(list []session, max int) (out []session, why []string) {
	if len(list) < 2 && len(list) <= max {
		return nil, nil
	}
	list = slices.SortedFunc(slices.Values(list), newer)
	var kept []session
	for _, s := range list {
		switch {
		case slices.ContainsFunc(kept, func(o session) bool { return o.device == s.device }):
			out, why = append(out, s), append(why, sameDevice)
		case len(kept) >= max:
			out, why = append(out, s), append(why, tooMany)
		default:
			kept = append(kept, s)
		}
	}
	return out, why
}

// excess returns the sessions of a user that have to give way. They are taken
// out as well when the caller says so.
func (t *table) excess(uid uint64, max int, takeOut bool) (out []session, why []string) {
	sh := t.of(uid)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	list := sh.users[uid]
	out, why = excess(list, max)
	if takeOut && len(out) > 0 {
		sh.put(uid, slices.DeleteFunc(list, func(s session) bool { return slices.ContainsFunc(out, s.is) }))
	}
	return out, why
}

// crowded calls found for every user who has sessions that have to give way.
func (t *table) crowded(max int, found func(uid uint64)) {
	for i := range t.shards {
		sh := &t.shards[i]
		sh.mu.RLock()
		for uid, list := range sh.users {
			if out, _ := excess(list, max); len(out) > 0 {
				found(uid)
			}
		}
		sh.mu.RUnlock()
	}
}

// giveWay has sessions of crowded users kicked, if this route is the master. In
// one process they leave the table at once. Among several routes they stay
// until their gate says that they ended, so that all tables are equal and
// another master can finish what one began; the rounds see to it.
func (s *Server) giveWay(ctx context.Context, crowded []uint64) {
	if len(crowded) == 0 {
		return
	}
	if term, master := s.Master(); master {
		s.crowd.add(crowded)
		s.counts.displaced.Add(uint64(s.displace(ctx, term, crowded)))
	}
}

// displace tells gates which sessions of users have to give way, and returns
// how many there are.
func (s *Server) displace(ctx context.Context, term uint64, crowded []uint64) (n int) {
	alone := s.options.Leases == nil
	went := s.offline(tooMany)
	out := make(map[*gate][]rpc.Kick)
	for _, uid := range crowded {
		sessions, why := s.table.excess(uid, s.options.Devices, alone)
		for i, old := range sessions {
			if alone {
				went(uid, old, why[i] == tooMany)
			}
			out[old.gate] = append(out[old.gate], rpc.Kick{Conn: old.conn, Code: msgdef.CodeReplaced, Detail: why[i]})
		}
		n += len(sessions)
	}
	s.kick(ctx, term, out)
	return n
}

// kick tells gates which sessions were displaced. Whoever was displaced in one
// process is out of the table already, so the call is not given up together
// with the caller's: a connection that is not kicked would stay and hear nothing.
func (s *Server) kick(ctx context.Context, term uint64, out map[*gate][]rpc.Kick) {
	for g, kicks := range out {
		for part := range slices.Chunk(kicks, maxKicks) {
			s.kickAt(ctx, g, &rpc.Kicks{Epoch: g.epoch, Term: term, Items: part})
		}
	}
}

// kickAt makes one call. A gate that has seen a higher term ends this one.
func (s *Server) kickAt(ctx context.Context, g *gate, batch *rpc.Kicks) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.options.KickTimeout)
	defer cancel()
	err := g.api.Kick(ctx, batch)
	s.losses.note(g, "kick", len(batch.Items), err)
	if batch.Term > 0 && rpc.CodeOf(err) == msgdef.CodeForbidden {
		s.deposed(batch.Term, err)
	}
}

// assert makes a master's term known to a gate, so that the gate refuses what
// an earlier one still says.
func (s *Server) assert(ctx context.Context, g *gate) {
	if term, master := s.Master(); master && term > 0 {
		s.kickAt(ctx, g, &rpc.Kicks{Epoch: g.epoch, Term: term})
	}
}
