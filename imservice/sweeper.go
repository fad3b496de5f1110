package imservice

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/sim-im/sim/imservice/store"
)

const (
	sweepEvery = 2 * time.Second // that messages are looked for whose lifetime is over
	sweepMost  = 256             // of them are emptied at once
)

// sweeper has messages emptied whose lifetime is over. It may be late: reads have
// looked at the time already. Of several services that share a store all do so,
// and one finds it done.
type sweeper struct {
	store store.Expiries
	log   *slog.Logger
	now   func() time.Time
	in    *intake
	loop  loop
}

func newSweeper(o Options, in *intake) *sweeper {
	return &sweeper{store: o.Store, log: o.Logger, now: o.Now, in: in}
}

// run works until ctx ends. The last turn is answered as long as there is a
// pipeline.
func (s *sweeper) run(ctx context.Context) {
	look := time.NewTimer(sweepEvery)
	defer look.Stop()
	for {
		select {
		case <-look.C:
		case <-ctx.Done():
			return
		}
		for n := sweepMost; n == sweepMost; {
			var err error
			if n, err = s.turn(); err != nil {
				s.log.Warn("messages whose lifetime is over were not emptied", "err", err)
			}
		}
		look.Reset(sweepEvery)
	}
}

// turn has the oldest messages emptied, and returns how many.
func (s *sweeper) turn() (int, error) {
	rows, err := s.store.Expiring(nil, s.now().UnixMilli(), sweepMost)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	e := &sweep{awaited: make(awaited, 1), rows: rows}
	if err := s.in.carryOut(e, len(rows), e.awaited); err != nil {
		return 0, fmt.Errorf("sweep: %w", err)
	}
	return len(rows), nil
}
