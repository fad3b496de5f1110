package route

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

const (
	movesMost = 1 << 16         // users who wait to be told of; of more nobody is told
	movesTime = 5 * time.Second // for a gate to take a batch
)

// moves tells gates that users whom they watch, as msgdef.Stream, have come, gone, or
// changed devices. It says nothing more: a gate asks how they are. What is lost here
// it finds when it asks again anyway.
type moves struct {
	mu      sync.Mutex
	pending map[*gate][]uint64
	waiting int
	running bool
	closed  bool
}

// moved notes a change of a user's sessions. A lock of the table may be held.
func (s *Server) moved(uid uint64) {
	if s.topics.size() == 0 {
		return
	}
	gates := s.topics.find(nil, msgdef.Stream(uid))
	if len(gates) == 0 {
		return
	}
	m := &s.moves
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return
	}
	if m.pending == nil {
		m.pending = make(map[*gate][]uint64)
	}
	for _, g := range gates {
		if m.waiting >= movesMost {
			return
		}
		if list := m.pending[g]; !slices.Contains(list[max(len(list)-16, 0):], uid) {
			m.pending[g] = append(list, uid)
			m.waiting++
		}
	}
	if !m.running {
		m.running = true
		s.work.Go(s.tellMoves)
	}
}

// tellMoves tells what gathered, until nothing is left.
func (s *Server) tellMoves() {
	for {
		pending := s.moves.take()
		if pending == nil {
			return
		}
		for g, uids := range pending {
			for part := range slices.Chunk(uids, maxFrames) {
				ctx, cancel := context.WithTimeout(context.Background(), movesTime)
				err := g.api.Push(ctx, &rpc.Frames{Epoch: g.epoch, Moved: part})
				cancel()
				s.losses.note(g, "moves", len(part), err)
			}
		}
	}
}

// take returns what waits, or nil when there is nothing, and then somebody else has to
// begin anew.
func (m *moves) take() map[*gate][]uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.pending) == 0 || m.closed {
		m.running = false
		return nil
	}
	pending := m.pending
	m.pending, m.waiting = nil, 0
	return pending
}

// close ends telling.
func (m *moves) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
}
