package postgres

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sim-im/sim/imservice/store"
)

// Store is an open database, which others may have open as well. Its methods may
// be called by any goroutine; Lock, Apply and Unlock by one at a time.
type Store struct {
	pool     *pgxpool.Pool
	users    *pgxpool.Pool // of LockUser: who holds a lock needs pool to go on
	log      *slog.Logger
	name     string // of the database, for people
	patience time.Duration
	epoch    uint64
	instance uint64

	reach *reach

	// life is read-locked by every call; Close waits for them.
	life   sync.RWMutex
	closed bool

	// ground is the transaction that Lock has begun; it belongs to the goroutine
	// that applies.
	ground *pgxpool.Conn
}

var _ store.Shared = (*Store)(nil)

// Epoch implements store.Store.
func (s *Store) Epoch() uint64 { return s.epoch }

// Instance implements store.Shared.
func (s *Store) Instance() uint64 { return s.instance }

// Health implements store.Store. While the database cannot be reached it is
// asked in the background, and not by this.
func (s *Store) Health() error {
	s.life.RLock()
	closed := s.closed
	s.life.RUnlock()
	if closed {
		return store.ErrClosed
	}
	return s.reach.err()
}

// Close implements store.Store. A second Close does nothing.
func (s *Store) Close() error {
	s.life.Lock()
	defer s.life.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	s.reach.close()
	s.users.Close()
	s.pool.Close()
	return nil
}

// enter begins a call; the caller ends it with s.life.RUnlock.
func (s *Store) enter() error {
	s.life.RLock()
	if s.closed {
		s.life.RUnlock()
		return store.ErrClosed
	}
	return nil
}

// read runs queries that change nothing, and again when that may help.
func (s *Store) read(queries func(ctx context.Context, q *pgxpool.Pool) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.life.RUnlock()
	return s.again(func(ctx context.Context) error {
		return mayPass(ctx, queries(ctx, s.pool))
	})
}

// write runs a transaction, and again while it certainly has left nothing and
// that may help. It may be run several times. What is done is durable when write
// returns; after an error of the commit itself it is done or not.
func (s *Store) write(change func(ctx context.Context, tx pgx.Tx) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.life.RUnlock()
	return s.again(func(ctx context.Context) error {
		tx, err := s.pool.Begin(ctx)
		if err == nil {
			defer func() { _ = tx.Rollback(ctx) }() // after a commit it does nothing
			err = change(ctx, tx)
		}
		switch {
		case err == nil:
		case ctx.Err() == nil && (unreachable(err) || rolledBack(err) || codeOf(err) == codeUnique):
			return repeat{err} // a unique row that was not seen: another was faster
		default:
			return err
		}
		if err = tx.Commit(ctx); rolledBack(err) {
			return repeat{err}
		} else if err != nil {
			return fmt.Errorf("commit: %w", err)
		}
		return nil
	})
}
