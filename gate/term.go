package gate

import (
	"sync"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// terms fences masters: of two routes that both take themselves for the master
// of the region, the one with the higher term is. It is kept for as long as
// the process lives.
type terms struct {
	mu      sync.Mutex
	highest uint64
}

// admit reports whether a master may act under a term, and remembers the
// highest. Term 0 stands for a route that has no rival; where a master was seen
// there is no such route.
func (t *terms) admit(term uint64) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if term < t.highest {
		return rpc.Errorf(msgdef.CodeForbidden, "term %d is over, term %d was seen", term, t.highest)
	}
	t.highest = term
	return nil
}
