package route

import (
	"context"
	"slices"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// maxKicks is a limit of the schema, see rpc.Kicks.
const maxKicks = 4096

// excess returns the sessions of a user that have to give way. They are taken
// out as well when the caller says so.
func (t *table) excess(uid uint64, r rules, takeOut bool) []yielding {
	sh := t.of(uid)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	list := sh.users[uid]
	out := r.excess(list)
	if takeOut && len(out) > 0 {
		sh.put(uid, slices.DeleteFunc(list, func(s session) bool {
			return slices.ContainsFunc(out, func(y yielding) bool { return y.is(s) })
		}))
	}
	return out
}

// crowded calls found for every user who has sessions that have to give way.
func (t *table) crowded(r rules, found func(uid uint64)) {
	for i := range t.shards {
		sh := &t.shards[i]
		sh.mu.RLock()
		for uid, list := range sh.users {
			if len(r.excess(list)) > 0 {
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
		for why, n := range s.displace(ctx, term, crowded) {
			s.counts.displaced[why].Add(n)
		}
	}
}

// displace tells gates which sessions of users have to give way, and returns
// how many there are.
func (s *Server) displace(ctx context.Context, term uint64, crowded []uint64) (n [yields]uint64) {
	alone := s.options.Leases == nil
	went := s.offline("gave way")
	out := make(map[*gate][]rpc.Kick)
	for _, uid := range crowded {
		for _, old := range s.table.excess(uid, s.rules, alone) {
			if alone {
				went(uid, old.session, old.why != YieldDevice)
			}
			code, detail := old.kick()
			out[old.gate] = append(out[old.gate], rpc.Kick{Conn: old.conn, Code: code, Detail: detail})
			n[old.why]++
		}
	}
	s.kick(ctx, term, out)
	return n
}

// kick tells gates which sessions are over. Whoever was displaced in one
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
