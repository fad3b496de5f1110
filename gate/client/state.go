package client

import (
	"bytes"
	"io/fs"
	"maps"
	"slices"
	"sync"
	"time"
)

// State keeps what a device must not forget between runs. It has one user at
// a time: Load takes it, Close lets it go.
type State interface {
	// Load takes the state and returns what was saved, a zero Snapshot when
	// nothing was. Errors wrap ErrStateLocked or ErrStateDamaged.
	Load() (Snapshot, error)

	// Save keeps a snapshot, durably when the state is a durable one, before it
	// returns. The snapshot's Token and Tickets are lent. With a zero one, as after
	// DeleteAccount, nothing stays that was saved, nor what was queued: the next Load
	// is of a new device.
	Save(Snapshot) error

	// Close lets the state go.
	Close() error
}

// Snapshot is a device's state.
type Snapshot struct {
	Account string // as the server writes it; empty before the first login
	UID     uint64 // 0 before the first login

	// Device and Counter make client message ids. No counter above Counter has
	// been used: they are reserved in blocks, so a crash skips some and repeats
	// none.
	Device  uint64
	Counter uint64

	// Cursor is the useq up to which messages were handed over, in the store of
	// StoreEpoch; Fingerprint is of its row, 0 when not known.
	Cursor      uint64
	StoreEpoch  uint64
	Fingerprint uint64

	Token        []byte // proves the account without the password
	TokenExpires time.Time

	// Topics are the big groups that are followed, at most 1,000, in the store of
	// TopicsEpoch. TopicsListed says that the server has told which there are, as
	// of useq TopicsSince.
	Topics       []TopicState
	TopicsEpoch  uint64
	TopicsListed bool
	TopicsSince  uint64

	// Rhythms are of at most 8 networks, the one used last first.
	Rhythms []Rhythm

	// Tickets are at most two. One that was saved away is never used again: it
	// is taken out before.
	Tickets []Ticket
}

// MemoryState keeps a device's state for as long as the process lives. The
// zero value is ready, and is a new device.
type MemoryState struct {
	mu     sync.Mutex
	taken  bool
	latest Snapshot
	queued map[uint64]Queued
}

// Load implements State.
func (m *MemoryState) Load() (Snapshot, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.taken {
		return Snapshot{}, ErrStateLocked
	}
	m.taken = true
	return m.latest, nil
}

// Save implements State. Its error is always nil.
func (m *MemoryState) Save(s Snapshot) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s.Token = append([]byte(nil), s.Token...)
	s.Tickets = append([]Ticket(nil), s.Tickets...)
	s.Topics = append([]TopicState(nil), s.Topics...)
	m.latest = s
	if s.Device == 0 {
		clear(m.queued)
	}
	return nil
}

// Close implements State. Its error is always nil.
func (m *MemoryState) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.taken = false
	return nil
}

// Queued implements Outbox. Its error is always nil.
func (m *MemoryState) Queued() ([]Queued, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.SortedFunc(maps.Values(m.queued), byCounter), nil
}

// Keep implements Outbox.
func (m *MemoryState) Keep(q Queued) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.taken {
		return fs.ErrClosed
	}
	if m.queued == nil {
		m.queued = make(map[uint64]Queued)
	}
	q.Body, q.Extra = bytes.Clone(q.Body), bytes.Clone(q.Extra)
	m.queued[q.Counter] = q
	return nil
}

// Drop implements Outbox. Its error is always nil.
func (m *MemoryState) Drop(counter uint64, _ bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.queued, counter)
	return nil
}
