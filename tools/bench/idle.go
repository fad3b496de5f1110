package bench

import (
	"context"
	"io"
)

// devicesPerUser is how many connections of an idle run share an account, so
// that a password is hashed once for all of them.
const devicesPerUser = 64

func checkIdle(p Plan, l *mistakes) {
	l.unless(len(p.Target.HTTP) > 0 || len(p.Target.Servers) == 0, "no metrics address, which idle weighs the server by; give --http")
}

// beginIdle opens the connections.
func beginIdle(ctx context.Context, p Plan, progress io.Writer) (load, error) {
	return gather(ctx, p, progress)
}

// run implements load: it only waits.
func (c *crowd) run(ctx context.Context, s span) error {
	c.beats.begin(s)
	return sleepUntil(ctx, s.To)
}

// totals implements load.
func (c *crowd) totals() Totals {
	return Totals{
		Clients:   len(c.clients),
		Measures:  []Counted{c.beats.counted()},
		Integrity: Integrity{Broken: uint64(c.lost())},
	}
}
