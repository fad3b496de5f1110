package contracttest

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef/rpc"
)

// sink gathers outcomes of sends.
type sink struct {
	mu      sync.Mutex
	results []rpc.SendResult
	grown   chan struct{} // holds one signal
}

// newSink returns an empty sink.
func newSink() *sink {
	return &sink{grown: make(chan struct{}, 1)}
}

// Sent implements rpc.SendSink.
func (s *sink) Sent(batch *rpc.SendResults) {
	s.mu.Lock()
	s.results = append(s.results, batch.Items...)
	s.mu.Unlock()
	select {
	case s.grown <- struct{}{}:
	default:
	}
}

// all returns what has come so far.
func (s *sink) all() []rpc.SendResult {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.results)
}

// count returns how many outcomes have come so far.
func (s *sink) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.results)
}

// await returns the outcomes when there are n or more.
func (s *sink) await(t testing.TB, n int) []rpc.SendResult {
	t.Helper()
	limit := time.NewTimer(patience) // from the last that came
	for {
		if s.count() >= n { // asked at each of many: all would be copied as often
			return s.all()
		}
		select {
		case <-s.grown:
			limit.Reset(patience)
		case <-limit.C:
			t.Fatalf("%d outcomes after %v, want %d", s.count(), patience, n)
		}
	}
}
