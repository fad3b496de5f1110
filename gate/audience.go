package gate

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// audience is who watches a big group here. What holds for all of conns, unless
// ahead says more of one: they were members as of the change gone, and have been
// told of everything up to told.
//
//	       Topic: Gone == gone                deliver
//	       Topic: Was == gone < Gone          Left leave, gone = Gone, deliver
//	live ──Topic: gone < Was─────▶ in doubt   a change was not heard of: nothing is delivered
//	  ▲                                │      and everybody is checked anew, see doubt.go
//	  └────────── ConvHead to all ─────┘
//
// Messages are delivered by growing cseq: one that comes late is not delivered any
// more, which its gap tells the clients. So nobody gets a message from before they
// were checked, and what left in doubt is never caught up with.
//
// Who has ended stays among conns until a quarter has: it is found by looking
// through all.
type audience struct {
	conv msgdef.Conversation
	told atomic.Uint64 // grows under mu; 0 before anybody watched

	mu       sync.Mutex
	conns    []*conn
	gone     uint64
	ahead    map[*conn]checked // those checked as of more than gone and told; when in doubt, all that were
	doubt    *doubt            // nil: live
	departed int               // of conns, that have ended, at most
	over     bool              // there is no such group any more, or nobody watches it
	idle     time.Duration     // since when there has been nobody; 0: there is
}

// checked is what the message service has said of a member and the group.
type checked struct {
	head uint64 // messages up to this one are not theirs to get here
	gone uint64 // changes up to this one leave them a member
}

// enter has c watch as of a check, and returns the head after which everything comes:
// what the others were told since the check is for c to pull. again tells that a
// change has been heard of since, so that it says nothing.
func (a *audience) enter(s *audiences, c *conn, at checked) (code msgdef.ErrorCode, head uint64, again bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	head = max(at.head, a.told.Load())
	if a.over || at.gone < a.gone {
		return msgdef.CodeUnavailable, head, true
	}
	before, code := s.watches.add(c, a)
	if before || code != msgdef.CodeOK {
		return code, head, false
	}
	if len(a.conns) == 0 && a.doubt == nil {
		a.gone = max(a.gone, at.gone)
		a.told.Store(max(a.told.Load(), at.head))
	}
	a.conns = append(a.conns, c)
	a.idle = 0
	if a.doubt != nil || at.gone > a.gone || at.head > a.told.Load() {
		a.note(c, at)
	}
	return msgdef.CodeOK, head, false
}

// note keeps what is known of c beyond what holds for all. a.mu is held.
func (a *audience) note(c *conn, at checked) {
	if a.ahead == nil {
		a.ahead = make(map[*conn]checked)
	}
	a.ahead[c] = at
}

// catchUp forgets what holds for all by now. a.mu is held.
func (a *audience) catchUp() {
	told := a.told.Load()
	for c, at := range a.ahead {
		if at.head <= told && at.gone <= a.gone {
			delete(a.ahead, c)
		}
	}
	if len(a.ahead) == 0 {
		a.ahead = nil
	}
}

// departs notes that c, which has ended, watches no more.
func (a *audience) departs() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.departed++; 4*a.departed <= len(a.conns) {
		return
	}
	a.drop((*conn).ending)
	a.departed = 0
}

// drop takes out those that gone tells. a.mu is held.
func (a *audience) drop(gone func(*conn) bool) {
	a.conns = slices.DeleteFunc(a.conns, func(c *conn) bool {
		if !gone(c) {
			return false
		}
		delete(a.ahead, c)
		return true
	})
	if cap(a.conns) > 4*len(a.conns)+16 {
		a.conns = slices.Clip(slices.Clone(a.conns))
	}
}

// deliver takes messages of the group in. It does not block.
func (a *audience) deliver(sp *spread, messages [][]byte, run []rpc.Topic) {
	a.mu.Lock()
	defer a.mu.Unlock()
	cp := &sp.copies
	bytes := 0
	for i := range run {
		t := &run[i]
		message := messages[t.Message]
		if !a.admits(sp, t) || len(message) > msgdef.MaxStored {
			sp.gate.counts.drop(DropLate, 1)
			continue
		}
		if bytes += len(message); bytes > maxKept {
			a.spread(sp)
			bytes = 0
		}
		cp.add(message, t)
	}
	a.spread(sp)
}

// admits tells whether a message is delivered, after what it changes was done.
// a.mu is held.
func (a *audience) admits(sp *spread, t *rpc.Topic) bool {
	switch {
	case a.over || t.CSeq <= a.told.Load() || len(sp.copies.items) > 0 && t.CSeq <= sp.copies.last():
		return false
	case t.Over:
		a.spread(sp)
		a.end(sp, msgdef.CodeUnknownConversation, t.CSeq)
		return false
	case a.doubt != nil:
		a.doubt.hear(t)
		return false
	case t.Gone <= a.gone:
		return true
	case len(a.conns) == 0:
		a.gone = t.Gone
		return true
	case t.Was == a.gone:
		a.spread(sp)
		a.leave(sp, t.Left, t.Gone)
		a.gone = t.Gone
		return true
	}
	a.spread(sp)
	sp.gate.audiences.question(a).hear(t)
	return false
}

// spread copies the messages that were taken in to who watches. a.mu is held.
func (a *audience) spread(sp *spread) {
	cp := &sp.copies
	n := len(cp.items)
	if n == 0 {
		return
	}
	a.told.Store(cp.last()) // before any of them is queued: a head that stands for it must not be below
	for _, c := range a.conns {
		at, some := a.ahead[c]
		if some || cp.involves(c) {
			sp.list(c, a.spreadSome(sp, c, at.head))
			continue
		}
		sp.list(c, c.copy(n, cp.in(c).frames))
	}
	sp.messages += uint64(n) * uint64(len(a.conns))
	cp.reset()
	if a.ahead != nil {
		a.catchUp()
	}
}

// spreadSome copies those messages to c that it has not sent and that follow a
// head. a.mu is held.
func (a *audience) spreadSome(sp *spread, c *conn, head uint64) (list bool) {
	e := sp.copies.in(c)
	for i := range sp.copies.items {
		if m := &sp.copies.items[i]; m.cseq > head && !(m.from == c.uid && m.except == c.device) {
			list = c.copy(1, e.one(i)) || list
		}
	}
	return list
}

// leave takes the sessions of users out who are no members as of a change, and
// tells them. a.mu is held.
func (a *audience) leave(sp *spread, uids []uint64, gone uint64) {
	if len(uids) == 0 {
		return
	}
	left := make(map[uint64]struct{}, len(uids))
	for _, uid := range uids {
		left[uid] = struct{}{}
	}
	a.drop(func(c *conn) bool {
		_, is := left[c.uid]
		if !is || a.ahead[c].gone >= gone {
			return false
		}
		a.dismiss(sp, c, msgdef.CodeForbidden, gone)
		return true
	})
}

// dismiss tells c that it watches no more, and why. It is not dropped, as nothing
// would heal it. a.mu is held; the caller takes c out.
func (a *audience) dismiss(sp *spread, c *conn, code msgdef.ErrorCode, cseq uint64) {
	if sp.gate.audiences.watches.remove(c, a) {
		c.reply(&msgdef.ConvHead{Conv: a.conv, Code: code, CSeq: cseq})
	}
}

// end dismisses everybody: nobody watches here any more. a.mu is held.
func (a *audience) end(sp *spread, code msgdef.ErrorCode, cseq uint64) {
	for _, c := range a.conns {
		a.dismiss(sp, c, code, cseq)
	}
	a.conns, a.ahead, a.doubt, a.over = nil, nil, nil, true
}

// announce tells everybody that the group goes up to cseq, unless they were told
// of more. a.mu is held.
func (a *audience) announce(sp *spread, cseq uint64) {
	if cseq <= a.told.Load() {
		return
	}
	a.told.Store(cseq)
	head := headFrame(a.conv, cseq)
	for _, c := range a.conns {
		sp.list(c, c.copy(1, head))
	}
	sp.frames += uint64(len(a.conns))
	sp.gate.counts.healed.Add(uint64(len(a.conns)))
}
