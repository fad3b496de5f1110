package route

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// gate is one process of a gate. A gate that starts again is another gate to
// the table, so that nothing of the dead process can be taken for its own.
type gate struct {
	id    string
	epoch uint64
	api   rpc.Gate
	ended ended
	image image

	// gone is set, before its sessions are swept, when another process took its
	// place. Who adds a session looks at it under the lock that the sweep takes.
	gone atomic.Bool
}

// gates holds the attached gates by id.
type gates struct {
	mu   sync.RWMutex
	byID map[string]*gate
}

// AttachGate makes g the process of the gate id from now on. Sessions of an
// earlier epoch of the gate are dropped without a word: their process is dead.
// Epochs of a gate grow: attaching the same one or an earlier one again changes
// nothing. A master makes its term known to the gate.
func (s *Server) AttachGate(id string, epoch uint64, g rpc.Gate) {
	s.gates.mu.Lock()
	old := s.gates.byID[id]
	if old != nil && old.epoch >= epoch {
		s.gates.mu.Unlock()
		return
	}
	if s.gates.byID == nil {
		s.gates.byID = make(map[string]*gate)
	}
	attached := &gate{id: id, epoch: epoch, api: g}
	s.gates.byID[id] = attached
	s.gates.mu.Unlock()
	s.drop(old)
	s.assert(context.Background(), attached)
}

// DetachGate forgets a gate and its sessions. It does nothing when another
// epoch is attached by now.
func (s *Server) DetachGate(id string, epoch uint64) {
	s.gates.mu.Lock()
	old := s.gates.byID[id]
	if old == nil || old.epoch != epoch {
		s.gates.mu.Unlock()
		return
	}
	delete(s.gates.byID, id)
	s.gates.mu.Unlock()
	s.drop(old)
}

// drop removes the sessions of a process that ended; nil is none.
func (s *Server) drop(old *gate) {
	if old == nil {
		return
	}
	old.gone.Store(true)
	s.topics.sweep(old, 0)
	dropped := s.table.sweep(old, 0, s.offline("gate gone"))
	s.counts.dropped.Add(uint64(dropped))
	s.options.Logger.Info("gate process ended", "gate", old.id, "epoch", old.epoch, "sessions", dropped)
}

// of returns a gate in an epoch. It is nil for a process that was replaced,
// whose batches are to be ignored. A gate that is not known, or not yet in this
// epoch, is an error with CodeUnavailable: it should try again.
func (gs *gates) of(id string, epoch uint64) (*gate, error) {
	gs.mu.RLock()
	defer gs.mu.RUnlock()
	g := gs.byID[id]
	switch {
	case g == nil || epoch > g.epoch:
		return nil, rpc.Errorf(msgdef.CodeUnavailable, "gate %q is not attached yet in epoch %d", id, epoch)
	case epoch < g.epoch:
		return nil, nil
	}
	return g, nil
}

// all returns the attached gates.
func (gs *gates) all() []*gate {
	gs.mu.RLock()
	defer gs.mu.RUnlock()
	return slices.Collect(maps.Values(gs.byID))
}

// count returns how many gates are attached.
func (gs *gates) count() int {
	gs.mu.RLock()
	defer gs.mu.RUnlock()
	return len(gs.byID)
}
