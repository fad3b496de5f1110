package roster_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// mirror is an image: what the contract asks for, in the plainest form, and
// failing when told so.
type mirror struct {
	t testing.TB

	mu       sync.Mutex
	whole    bool
	last     uint64 // update
	snapshot uint64 // that is collected; 0 is none
	rows     map[uint64]rpc.Session
	parts    map[uint64]rpc.Session
	calls    []rpc.RosterUpdate // that were applied, without their items
	items    []int              // of those

	delay time.Duration // of every call
	fail  func() trouble
}

// behave says how calls go from now on: how long they take, and what happens to
// them; nil is nothing.
func (m *mirror) behave(delay time.Duration, fail func() trouble) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.delay, m.fail = delay, fail
}

// always is a trouble that happens to every call.
func always(kind trouble) func() trouble { return func() trouble { return kind } }

// trouble is what happens to a call.
type trouble int

const (
	none   trouble = iota
	refuse         // it does not arrive
	unsure         // it arrives, and the answer does not
	late           // it arrives after the caller has given up, and maybe after others
	amnesia
	kinds
)

func newMirror(t testing.TB) *mirror {
	return &mirror{t: t, rows: map[uint64]rpc.Session{}}
}

// Update implements rpc.Roster.
func (m *mirror) Update(ctx context.Context, u *rpc.RosterUpdate) (*rpc.RosterReply, error) {
	broken := rpc.Errorf(msgdef.CodeUnavailable, "trouble")
	m.mu.Lock()
	delay, fail := m.delay, m.fail
	m.mu.Unlock()
	kind := none
	if fail != nil {
		kind = fail()
	}
	if delay > 0 {
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	switch kind {
	case refuse:
		return nil, broken
	case unsure:
		m.apply(u)
		return nil, broken
	case late:
		copied := *u
		time.AfterFunc(rand.N(3*time.Second), func() { m.apply(&copied) })
		return nil, broken
	case amnesia:
		m.forget()
	}
	reply := m.apply(u)
	return &reply, nil
}

// forget makes the image new.
func (m *mirror) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.whole, m.snapshot, m.parts = false, 0, nil
	clear(m.rows)
}

// apply is the contract. Numbers outlive a loss of memory here, so that what is
// late is known for that: a real image would get another epoch's updates only.
func (m *mirror) apply(u *rpc.RosterUpdate) rpc.RosterReply {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(u.Began) > 10000 || len(u.Ended) > 10000 || u.Seq == 0 {
		m.t.Errorf("update %d with %d and %d items", u.Seq, len(u.Began), len(u.Ended))
	}
	switch {
	case u.Seq <= m.last || u.Seq < m.snapshot: // repeat, sign of life, or late
	case u.Snapshot:
		m.part(u)
	case m.whole && u.Seq == m.last+1:
		m.change(m.rows, u)
		m.last = u.Seq
		m.note(u)
	}
	if !m.whole {
		return rpc.RosterReply{}
	}
	return rpc.RosterReply{Want: m.last + 1}
}

func (m *mirror) part(u *rpc.RosterUpdate) {
	if u.First {
		m.snapshot, m.parts = u.Seq, map[uint64]rpc.Session{}
	}
	if u.Seq != m.snapshot {
		return
	}
	m.note(u)
	m.change(m.parts, u)
	if u.Last {
		m.rows, m.whole, m.last = m.parts, true, u.Seq
	}
}

func (m *mirror) note(u *rpc.RosterUpdate) {
	copied := *u
	copied.Began, copied.Ended, copied.Watched, copied.Unwatched = nil, nil, nil, nil
	m.calls, m.items = append(m.calls, copied), append(m.items, len(u.Began)+len(u.Ended))
}

func (m *mirror) change(rows map[uint64]rpc.Session, u *rpc.RosterUpdate) {
	for _, s := range u.Ended { // the worse order, for who relies on one
		delete(rows, s.Conn)
	}
	for _, s := range u.Began {
		rows[s.Conn] = s
	}
	for _, conv := range u.Watched { // the worse order here too
		rows[topicKey(conv)] = rpc.Session{Conn: topicKey(conv)}
	}
	for _, conv := range u.Unwatched {
		delete(rows, topicKey(conv))
	}
}

// topicKey is where a mirror keeps a topic among its sessions.
func topicKey(conv [16]byte) uint64 {
	id, _ := msgdef.GroupID(conv)
	return 1<<63 | id
}

// sessions returns a copy of what the image has.
func (m *mirror) sessions() map[uint64]rpc.Session {
	m.mu.Lock()
	defer m.mu.Unlock()
	rows := make(map[uint64]rpc.Session, len(m.rows))
	for conn, s := range m.rows {
		rows[conn] = s
	}
	return rows
}

// updates returns how many updates were applied, and how many items they had.
func (m *mirror) updates() (calls, items int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, n := range m.items {
		items += n
	}
	return len(m.calls), items
}
