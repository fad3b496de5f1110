package client

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
)

// queueLog keeps queued messages in a file that only grows, until it is written
// anew without what was dropped. Those who keep messages at the same time share
// one sync. The zero value with a path is ready; nothing is opened before open,
// and no file is made before the first message.
type queueLog struct {
	path string
	lax  bool // does not wait for the disk, for tests that only restart

	syncing sync.Mutex // taken before mu; held over a sync
	synced  int64      // offset up to which the file is on the disk; guarded by syncing

	mu    sync.Mutex
	file  *os.File       // nil: not open, or not made
	size  int64          // of the file
	sizes map[uint64]int // of the records of messages that are kept, by counter
	live  int64          // their sum
	spent error          // why nothing more can be kept
}

// Bounds of the file, in bytes: what messages take, what more there is before it
// is written anew, and what is read.
const (
	mostQueued  = 16 << 20
	deadQueued  = 64 << 10
	mostQueueOf = 64 << 20
)

// open reads the file. Damage is told once: what is whole is kept, and the file
// as it was found stays beside it.
func (l *queueLog) open() ([]Queued, error) {
	l.syncing.Lock()
	defer l.syncing.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sizes, l.live, l.size, l.synced, l.spent = make(map[uint64]int), 0, 0, 0, nil
	text, err := readQueue(l.path)
	if text == nil || err != nil {
		return nil, err
	}
	found, err := scanQueue(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrStateDamaged, l.path, err)
	}
	if found.damaged > 0 {
		return nil, l.salvage(text, found)
	}
	if err := l.reopen(int64(found.end)); err != nil {
		return nil, err
	}
	l.sizes = found.sizes
	for _, n := range l.sizes {
		l.live += int64(n)
	}
	return found.list(), nil
}

// readQueue returns nil when there is no file.
func readQueue(path string) ([]byte, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("client: queue: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, mostQueueOf+1))
	if err != nil {
		return nil, fmt.Errorf("client: queue: %w", err)
	}
	if len(text) > mostQueueOf {
		return nil, fmt.Errorf("%w: %s: is above %d bytes", ErrStateDamaged, path, mostQueueOf)
	}
	return append([]byte{}, text...), nil
}

// salvage leaves what is whole, and says what happened.
func (l *queueLog) salvage(text []byte, found *scan) error {
	aside := l.path + ".damaged"
	if err := writeSynced(aside, text); err != nil {
		return fmt.Errorf("%w: %s, and it cannot be set aside: %w", ErrStateDamaged, l.path, err)
	}
	if err := replaceFile(l.path, found.file()); err != nil {
		return fmt.Errorf("%w: %s, and it cannot be repaired: %w", ErrStateDamaged, l.path, err)
	}
	return fmt.Errorf("%w: %s: %d places cannot be read; the %d messages that are whole are kept, and the file as it was is %s: start again to go on with them",
		ErrStateDamaged, l.path, found.damaged, len(found.live), aside)
}

// reopen opens the file to go on at size. mu is held.
func (l *queueLog) reopen(size int64) error {
	l.shut()
	file, err := os.OpenFile(l.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("client: queue: %w", err)
	}
	if err := file.Truncate(size); err != nil {
		file.Close()
		return fmt.Errorf("client: queue: %w", err)
	}
	l.file, l.size = file, size
	return nil
}

func (l *queueLog) shut() {
	if l.file != nil {
		l.file.Close() // what had to be on the disk is
		l.file = nil
	}
}

// close lets the file go.
func (l *queueLog) close() {
	l.syncing.Lock()
	defer l.syncing.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end()
}

// end keeps nothing any more. Both locks are held.
func (l *queueLog) end() {
	l.shut()
	l.spent = fs.ErrClosed
}

// forget removes the file, and what was set aside of it; nothing is kept any more.
func (l *queueLog) forget() (failed error) {
	l.syncing.Lock()
	defer l.syncing.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end()
	clear(l.sizes)
	l.live = 0
	for _, path := range []string{l.path, l.path + ".damaged"} {
		if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// keep writes a message and waits until it is on the disk.
func (l *queueLog) keep(q *Queued) error {
	record := appendQueued(nil, q)
	l.mu.Lock()
	if l.live+int64(len(record)) > mostQueued {
		l.mu.Unlock()
		return fmt.Errorf("%w: %s keeps at most %d bytes", ErrQueueFull, l.path, mostQueued)
	}
	end, err := l.append(record)
	if err == nil {
		l.sizes[q.Counter] = len(record)
		l.live += int64(len(record))
	}
	l.mu.Unlock()
	if err == nil {
		err = l.sync(end)
	}
	if err != nil {
		return fmt.Errorf("client: queue: %w", err)
	}
	return nil
}

// drop notes that a message is over; now waits until that is on the disk.
func (l *queueLog) drop(counter uint64, now bool) error {
	l.mu.Lock()
	n, kept := l.sizes[counter]
	if !kept {
		l.mu.Unlock()
		return nil
	}
	delete(l.sizes, counter)
	l.live -= int64(n)
	end, err := l.append(appendDropped(nil, counter))
	wasteful := l.size-l.live > max(deadQueued, l.live)
	l.mu.Unlock()
	if err == nil && now {
		err = l.sync(end)
	}
	if err == nil && wasteful {
		err = l.compact()
	}
	if err != nil {
		return fmt.Errorf("client: queue: %w", err)
	}
	return nil
}

// append writes a record. One that cannot be written whole is taken away again;
// when that fails too nothing more is kept, lest it stand in the middle. mu is
// held.
func (l *queueLog) append(record []byte) (end int64, err error) {
	if l.spent != nil {
		return 0, l.spent
	}
	if l.file == nil || l.size < int64(len(queueLine)) {
		if err := l.begin(); err != nil {
			return 0, err
		}
	}
	if _, err := l.file.WriteAt(record, l.size); err != nil {
		l.spent = l.file.Truncate(l.size)
		return 0, err
	}
	l.size += int64(len(record))
	return l.size, nil
}

// begin makes the file. mu is held.
func (l *queueLog) begin() error {
	if err := replaceFile(l.path, []byte(queueLine)); err != nil {
		return err
	}
	return l.reopen(int64(len(queueLine)))
}

// sync returns when the file is on the disk up to end. A disk that failed to
// take something may claim to have it at the next try, so there is none.
func (l *queueLog) sync(end int64) error {
	l.syncing.Lock()
	defer l.syncing.Unlock()
	l.mu.Lock()
	file, size, err := l.file, l.size, l.spent
	l.mu.Unlock()
	if err != nil || l.synced >= end || l.lax {
		return err
	}
	if err := file.Sync(); err != nil {
		l.mu.Lock()
		l.spent = err
		l.mu.Unlock()
		return err
	}
	l.synced = size
	return nil
}

// compact writes the file anew with what is kept.
func (l *queueLog) compact() error {
	l.syncing.Lock()
	defer l.syncing.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.spent != nil || l.size-l.live <= max(deadQueued, l.live) { // somebody was faster
		return l.spent
	}
	text := make([]byte, l.size)
	if _, err := l.file.ReadAt(text, 0); err != nil {
		return err
	}
	found, err := scanQueue(text)
	if err == nil && found.damaged > 0 {
		err = fmt.Errorf("%w: %s: %d places cannot be read", ErrStateDamaged, l.path, found.damaged)
	}
	if err != nil {
		l.spent = err
		return err
	}
	fresh := found.file()
	if err := replaceFile(l.path, fresh); err != nil {
		return err
	}
	l.sizes = found.sizes
	l.synced = int64(len(fresh))
	return l.reopen(l.synced)
}
