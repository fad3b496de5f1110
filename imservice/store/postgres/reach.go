package postgres

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// reach is whether the database can be reached:
//
//	reached ──a call could not ask it──▶ lost ──asked every probePause, it answers──▶ reached
type reach struct {
	pool *pgxpool.Pool
	log  *slog.Logger

	mu     sync.Mutex
	why    error // nil: reached
	quit   context.Context
	cancel context.CancelFunc
	probes sync.WaitGroup
}

const (
	probePause   = 200 * time.Millisecond
	probeTimeout = 2 * time.Second
)

func newReach(pool *pgxpool.Pool, log *slog.Logger) *reach {
	r := &reach{pool: pool, log: log}
	r.quit, r.cancel = context.WithCancel(context.Background())
	return r
}

// err returns why the database cannot be reached, or nil.
func (r *reach) err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.why
}

// lost notes that it cannot be reached, and begins to look when it can.
func (r *reach) lost(why error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.why != nil || r.quit.Err() != nil {
		return
	}
	r.why = why
	r.log.Error("the database cannot be reached", "error", why)
	r.probes.Go(r.probe)
}

// probe asks until there is an answer.
func (r *reach) probe() {
	tick := time.NewTicker(probePause)
	defer tick.Stop()
	for {
		ctx, cancel := context.WithTimeout(r.quit, probeTimeout)
		err := r.pool.Ping(ctx)
		cancel()
		if err == nil {
			r.mu.Lock()
			r.why = nil
			r.mu.Unlock()
			r.log.Info("the database can be reached again")
			return
		}
		select {
		case <-tick.C:
		case <-r.quit.Done():
			return
		}
	}
}

// close ends looking.
func (r *reach) close() {
	r.cancel()
	r.probes.Wait()
}
