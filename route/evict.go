package route

import (
	"context"
	"sync/atomic"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// Codes of evictions: those that end a session for its user. CodeDeleted is one too.
const (
	firstEviction = 200
	lastEviction  = 299
)

// evictions counts sessions that were told to end, by code; CodeDeleted comes last.
type evictions [lastEviction - firstEviction + 2]atomic.Uint64

// ends tells whether a code is one of evictions, and which.
func ends(code msgdef.ErrorCode) (at int, ok bool) {
	if code == msgdef.CodeDeleted {
		return len(evictions{}) - 1, true
	}
	return int(code) - firstEviction, code >= firstEviction && code <= lastEviction
}

// byCode returns those that there were.
func (e *evictions) byCode() map[msgdef.ErrorCode]uint64 {
	out := make(map[msgdef.ErrorCode]uint64)
	for i := range e {
		if n := e[i].Load(); n > 0 && i == len(e)-1 {
			out[msgdef.CodeDeleted] = n
		} else if n > 0 {
			out[msgdef.ErrorCode(firstEviction+i)] = n
		}
	}
	return out
}

// Evict implements rpc.Evictor: gates are told to end the sessions of users, as
// far as this route knows them. Only a master tells them, under its term, so that
// one that was replaced, and finds old calls waiting, ends nothing. Sessions stay
// in the table until their gate says that they ended, and are told again with
// the next call. Errors: CodeBadArgument, CodeTimeout; CodeUnavailable from a
// route that is not the master, which has done nothing, or when there may be
// sessions that it does not know.
func (s *Server) Evict(ctx context.Context, batch *rpc.Evictions) error {
	if err := live(ctx); err != nil {
		return err
	}
	if err := checkEvictions(batch); err != nil {
		return err
	}
	term, master := s.Master()
	if !master {
		return rpc.Errorf(msgdef.CodeUnavailable, "route %s is not the master of region %s", s.options.ID, s.options.Region)
	}
	now := s.clock()
	for i := range batch.Items {
		s.recent.add(&batch.Items[i], now)
	}
	s.evictAll(ctx, term, batch.Items)
	return s.incomplete()
}

// evictLate does for sessions that have just come what was done for the others
// before.
func (s *Server) evictLate(ctx context.Context, items []rpc.Eviction) {
	if term, master := s.Master(); master {
		s.evictAll(ctx, term, items)
	}
}

// evictAll tells gates under a term.
func (s *Server) evictAll(ctx context.Context, term uint64, items []rpc.Eviction) {
	out, n := make(map[*gate][]rpc.Kick), 0
	for i := range items {
		n += s.evict(&items[i], out)
		if n >= maxKicks { // a batch may name many users with many devices
			s.kick(ctx, term, out)
			clear(out)
			n = 0
		}
	}
	s.kick(ctx, term, out)
}

// checkEvictions finds what no service may send.
func checkEvictions(batch *rpc.Evictions) error {
	if err := batch.Validate(); err != nil {
		return rpc.Errorf(msgdef.CodeBadArgument, "%v", err)
	}
	for i := range batch.Items {
		e := &batch.Items[i]
		if _, ok := ends(e.Code); !ok || e.UID == 0 {
			return rpc.Errorf(msgdef.CodeBadArgument, "eviction %d is of user %d with code %d; want a user and 200 to 299, or 337", i, e.UID, e.Code)
		}
	}
	return nil
}

// evict appends the kicks of one eviction and returns how many there are.
func (s *Server) evict(e *rpc.Eviction, out map[*gate][]rpc.Kick) int {
	found, first := s.table.evict(e)
	for _, old := range found {
		out[old.gate] = append(out[old.gate], rpc.Kick{Conn: old.conn, Code: e.Code, Detail: e.Detail})
	}
	at, _ := ends(e.Code)
	s.counts.evicted[at].Add(first)
	return len(found)
}

// stays tells whether a connection is the one that an eviction leaves alone. The
// gate's epoch does not matter: a later process of it has only sessions of the
// eviction's generation and later ones.
func stays(e *rpc.Eviction, gate string, conn uint64) bool {
	return e.Gate != "" && e.Gate == gate && e.Conn == conn
}

// evict returns the sessions that an eviction is about, and how many of them
// nobody was told of before.
func (t *table) evict(e *rpc.Eviction) (found []session, first uint64) {
	sh := t.of(e.UID)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	list := sh.users[e.UID]
	for i := range list {
		s := &list[i]
		if e.Device != 0 && s.device != e.Device || e.Generation != 0 && s.generation >= e.Generation || stays(e, s.gate.id, s.conn) {
			continue
		}
		if !s.evicted {
			s.evicted = true
			first++
		}
		found = append(found, *s)
	}
	return found, first
}
