package route

import (
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
// Attaching the same epoch again changes nothing. Epochs of a gate grow.
func (s *Server) AttachGate(id string, epoch uint64, g rpc.Gate) {
	s.gates.mu.Lock()
	old := s.gates.byID[id]
	if old != nil && old.epoch == epoch {
		s.gates.mu.Unlock()
		return
	}
	if s.gates.byID == nil {
		s.gates.byID = make(map[string]*gate)
	}
	s.gates.byID[id] = &gate{id: id, epoch: epoch, api: g}
	s.gates.mu.Unlock()
	s.drop(old)
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
	dropped := s.table.sweep(old)
	s.counts.dropped.Add(uint64(dropped))
	s.options.Logger.Info("gate process ended", "gate", old.id, "epoch", old.epoch, "sessions", dropped)
}

// of returns the gate that a batch comes from. It is nil for a process that was
// replaced, whose batches are to be ignored. A gate that is not known, or not
// yet in this epoch, is an error with CodeUnavailable: it should try again.
func (gs *gates) of(batch *rpc.SessionBatch) (*gate, error) {
	gs.mu.RLock()
	defer gs.mu.RUnlock()
	g := gs.byID[batch.Gate]
	switch {
	case g == nil || batch.Epoch > g.epoch:
		return nil, rpc.Errorf(msgdef.CodeUnavailable, "gate %q is not attached in epoch %d", batch.Gate, batch.Epoch)
	case batch.Epoch < g.epoch:
		return nil, nil
	}
	return g, nil
}

// count returns how many gates are attached.
func (gs *gates) count() int {
	gs.mu.RLock()
	defer gs.mu.RUnlock()
	return len(gs.byID)
}
