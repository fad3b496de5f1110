package pebble

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	engine "github.com/cockroachdb/pebble/v2"

	"github.com/sim-im/sim/imservice/store"
)

// Store is an open data folder. Its methods may be called by any goroutine;
// Apply by one at a time.
type Store struct {
	db    *engine.DB
	disk  *disk
	dir   string
	epoch uint64

	// Whether writes are taken.
	cond  *condition
	space *space
	load  *pressure

	// life is read-locked by every call into the engine, which must not be
	// called after Close.
	life   sync.RWMutex
	wedged atomic.Bool // the engine panicked inside a write and keeps its locks

	keep     engine.BatchOption
	pendings sync.Pool // of *pending

	devices sync.Mutex // read-modify-write of device rows
	pushes  sync.Mutex // read-modify-write of push tokens

	evictions sync.Mutex // read-modify-write of evictions
	media     sync.Mutex // read-modify-write of media
	signIns   sync.Mutex // read-modify-write of sign-ins

	// accounts is held until a change is durable, so that nobody is told of an
	// account or a taken name that a power cut could take back.
	accounts sync.Mutex
	lastUID  atomic.Uint64 // greatest durable UID
}

var _ store.Store = (*Store)(nil)

// Epoch implements store.Store.
func (s *Store) Epoch() uint64 { return s.epoch }

// Health implements store.Store. It is cheap enough to be asked before every
// batch.
func (s *Store) Health() error {
	if err := s.cond.err(); err != nil {
		return err
	}
	if s.cond.closed() {
		return store.ErrClosed
	}
	return s.space.err()
}

// Close implements store.Store. A second Close does nothing.
func (s *Store) Close() error {
	if !s.cond.close() {
		return nil
	}
	s.life.Lock()
	defer s.life.Unlock()
	if s.wedged.Load() {
		return errors.Join(s.cond.err(), s.disk.lock.Close())
	}
	err := s.db.Close()
	if why := s.cond.err(); why != nil {
		return why
	}
	if err != nil {
		return fmt.Errorf("pebble: close %s: %w", s.dir, err)
	}
	return nil
}

// enter begins a call into the engine; the caller ends it with s.life.RUnlock.
func (s *Store) enter() error {
	s.life.RLock()
	if s.cond.closed() {
		s.life.RUnlock()
		return store.ErrClosed
	}
	return nil
}

// get is read for those who have not entered.
func (s *Store) get(key []byte, use func(value []byte) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.life.RUnlock()
	return s.read(key, use)
}

// read hands the value under key, valid during the call only, to use. A
// missing row is ErrNotFound.
func (s *Store) read(key []byte, use func(value []byte) error) error {
	value, closer, err := s.db.Get(key)
	if err != nil {
		return explainRead(err)
	}
	defer closer.Close()
	return use(value)
}

// number is readNumber for those who have not entered.
func (s *Store) number(key []byte) (uint64, error) {
	if err := s.enter(); err != nil {
		return 0, err
	}
	defer s.life.RUnlock()
	return s.readNumber(key)
}

// readNumber reads a row that holds one integer.
func (s *Store) readNumber(key []byte) (n uint64, err error) {
	err = s.read(key, func(value []byte) error {
		if len(value) != numberSize {
			return badRow(key, "not 8 bytes")
		}
		n = binary.BigEndian.Uint64(value)
		return nil
	})
	return n, err
}
