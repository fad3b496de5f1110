package node

import (
	"sync"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc/kitex"
)

// counted is what counts calls.
type counted interface{ Stats() kitex.Stats }

// tally adds up the counters of callers that come and go.
type tally struct {
	mu   sync.Mutex
	open map[counted]struct{}
	gone kitex.Stats
}

// add counts c from now on. remove keeps what it has counted.
func (t *tally) add(c counted) (remove func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open == nil {
		t.open = make(map[counted]struct{})
	}
	t.open[c] = struct{}{}
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.open, c)
		sum(&t.gone, c.Stats())
	}
}

// Stats returns the sum.
func (t *tally) Stats() kitex.Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	var total kitex.Stats
	sum(&total, t.gone)
	for c := range t.open {
		sum(&total, c.Stats())
	}
	return total
}

func sum(into *kitex.Stats, s kitex.Stats) {
	into.Calls += s.Calls
	into.Batches += s.Batches
	into.Offers += s.Offers
	into.Items += s.Items
	if into.Failures == nil {
		into.Failures, into.Drops = make(map[msgdef.ErrorCode]uint64), make(map[kitex.Reason]uint64)
	}
	for code, n := range s.Failures {
		into.Failures[code] += n
	}
	for reason, n := range s.Drops {
		into.Drops[reason] += n
	}
}
