package node

import (
	"slices"
	"time"

	"github.com/sim-im/sim/gate/roster"
)

// isolatedAfter is how long a gate may be stopped, or cut off from all routes
// and the registry, and keep its sessions. Whoever ends sessions elsewhere goes
// on telling so for longer, see rpc.Evictor.
const isolatedAfter = 30 * time.Second

// isolationEvery is how often a gate looks whether anybody knows its sessions.
const isolationEvery = time.Second

// isolation finds out that nobody has known a gate's sessions for a while.
type isolation struct {
	after time.Duration
	known time.Time // when somebody did, last
}

// over tells, when somebody knows the sessions now, whether nobody did for too
// long. Time that the machine slept counts, which a monotonic clock may leave out.
func (i *isolation) over(now time.Time, known bool) bool {
	if !known {
		return false
	}
	away := max(now.Sub(i.known), now.Round(0).Sub(i.known.Round(0)))
	i.known = now
	return away > i.after
}

// watchIsolation ends the sessions of a gate that comes back to a world that has
// gone on without it.
func (g *Gate) watchIsolation() error {
	g.loop("isolation", func() error {
		ticker := time.NewTicker(isolationEvery)
		defer ticker.Stop()
		alone := isolation{after: isolatedAfter, known: g.common.Now()}
		for {
			select {
			case <-ticker.C:
			case <-g.quit:
				return nil
			}
			known := slices.ContainsFunc(g.roster.Stats().Images, func(i roster.Image) bool { return i.InSync })
			if alone.over(g.common.Now(), known) {
				g.gate.Isolated()
			}
		}
	})
	return nil
}
