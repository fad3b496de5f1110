package pebble

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"syscall"

	"github.com/sim-im/sim/imservice/store"
)

// lock is the lock of the data folder. Besides the engine, a store that gives
// its engine up releases it, which is safe because a broken disk does not
// change any more.
type lock struct {
	mu   sync.Mutex
	held io.Closer // nil before and after
}

// Lock implements vfs.FS. A lock somebody else holds is ErrInUse. A broken disk
// is not locked any more: its opening may have been given up already.
func (d *disk) Lock(name string) (io.Closer, error) {
	d.lock.mu.Lock()
	defer d.lock.mu.Unlock()
	if why := d.cond.err(); why != nil {
		return nil, why
	}
	held, err := d.FS.Lock(name)
	if err == nil {
		d.lock.held = held
		return &d.lock, nil
	}
	// Another process shows as EAGAIN, this one as an error of the engine.
	var number syscall.Errno
	if !errors.As(err, &number) || number == syscall.EAGAIN {
		err = fmt.Errorf("%w: %w", store.ErrInUse, err)
	}
	return nil, err
}

// Close implements io.Closer.
func (l *lock) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held == nil {
		return nil
	}
	held := l.held
	l.held = nil
	return held.Close()
}
