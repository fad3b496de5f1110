package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// FileState keeps a device's state in a JSON file that only its owner may
// read. A file beside it, with ".lock" after its name, is held locked so that
// two processes never are the same device; a crash lets the lock go.
//
// Save writes path.tmp, syncs it and renames it over path, so a crash leaves
// the old state or the new one. Messages of Queue are kept in a file with
// ".queue" after the name, of at most 64 MiB; queuerecord.go draws it.
type FileState struct {
	path  string
	queue queueLog

	mu   sync.Mutex
	lock *os.File // nil: not taken
}

// NewFileState returns a state kept at path. Nothing is opened before Load,
// which makes the folder when it is missing.
func NewFileState(path string) *FileState {
	return &FileState{path: path, queue: queueLog{path: path + ".queue", spent: fs.ErrClosed}}
}

// fileFormat is the version of the layout below.
const fileFormat = 1

// maxStateFile bounds what Load reads, in bytes.
const maxStateFile = 256 << 10

// stateFile is the layout of the file. 64-bit numbers are strings, because
// many a JSON reader keeps only 53 bits.
type stateFile struct {
	Format       int    `json:"format"`
	Account      string `json:"account"`
	UID          uint64 `json:"uid,string"`
	Device       uint64 `json:"device,string"`
	Counter      uint64 `json:"counter,string"`
	Cursor       uint64 `json:"cursor,string"`
	StoreEpoch   uint64 `json:"store_epoch,string"`
	Fingerprint  uint64 `json:"fingerprint,string"`
	Token        []byte `json:"token,omitempty"`
	TokenExpires int64  `json:"token_expires"` // Unix milliseconds

	Tickets  []ticketFile `json:"tickets,omitempty"` // programs from before there were any pass over them
	Networks []rhythmFile `json:"networks,omitempty"`

	Groups       []groupFile `json:"groups,omitempty"` // big ones
	GroupsEpoch  uint64      `json:"groups_epoch,string"`
	GroupsListed bool        `json:"groups_listed,omitempty"`
	GroupsSince  uint64      `json:"groups_since,string"`
}

// Load implements State.
func (f *FileState) Load() (Snapshot, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lock != nil {
		return Snapshot{}, fmt.Errorf("%w: %s", ErrStateLocked, f.path)
	}
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return Snapshot{}, fmt.Errorf("client: state: %w", err)
	}
	lock, err := lockFile(f.path + ".lock")
	if err != nil {
		return Snapshot{}, fmt.Errorf("client: state %s: %w", f.path, err)
	}
	s, err := readSnapshot(f.path)
	if err != nil {
		lock.Close()
		return Snapshot{}, err
	}
	f.lock = lock
	return s, nil
}

// Save implements State. It fails when the state is not taken.
func (f *FileState) Save(s Snapshot) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lock == nil {
		return fmt.Errorf("client: state %s: %w", f.path, fs.ErrClosed)
	}
	if s.Device == 0 {
		return f.forget()
	}
	text, err := json.MarshalIndent(stateFile{
		Format: fileFormat, Account: s.Account, UID: s.UID, Device: s.Device, Counter: s.Counter,
		Cursor: s.Cursor, StoreEpoch: s.StoreEpoch, Fingerprint: s.Fingerprint,
		Token: s.Token, TokenExpires: milliseconds(s.TokenExpires),
		Tickets: ticketsToFile(s.Tickets), Networks: rhythmsToFile(s.Rhythms),
		Groups: groupsToFile(s.Topics), GroupsEpoch: s.TopicsEpoch, GroupsListed: s.TopicsListed, GroupsSince: s.TopicsSince,
	}, "", "  ")
	if err != nil {
		return fmt.Errorf("client: state: %w", err)
	}
	if err := replaceFile(f.path, append(text, '\n')); err != nil {
		return fmt.Errorf("client: state: %w", err)
	}
	return nil
}

// forget removes the files. The lock is held.
func (f *FileState) forget() error {
	err := f.queue.forget()
	if gone := os.Remove(f.path); !errors.Is(gone, fs.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	if err != nil {
		return fmt.Errorf("client: state: %w", err)
	}
	return nil
}

// Close implements State.
func (f *FileState) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lock == nil {
		return nil
	}
	f.queue.close()
	err := f.lock.Close()
	f.lock = nil
	return err
}

// Queued implements Outbox. A file that is damaged is told of once, with
// ErrStateDamaged: the messages that are whole are kept, and what was found is
// set aside with ".damaged" after its name.
func (f *FileState) Queued() ([]Queued, error) { return f.queue.open() }

// Keep implements Outbox.
func (f *FileState) Keep(q Queued) error { return f.queue.keep(&q) }

// Drop implements Outbox.
func (f *FileState) Drop(counter uint64, now bool) error { return f.queue.drop(counter, now) }

// readSnapshot returns a zero snapshot when there is no file.
func readSnapshot(path string) (Snapshot, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Snapshot{}, nil
	}
	if err != nil {
		return Snapshot{}, fmt.Errorf("client: state: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxStateFile))
	if err != nil {
		return Snapshot{}, fmt.Errorf("client: state: %w", err)
	}
	s, err := parseSnapshot(text)
	if err != nil {
		return Snapshot{}, fmt.Errorf("%w: %s: %w; remove the file, and %[2]s.queue, to start as a new device", ErrStateDamaged, path, err)
	}
	return s, nil
}

func parseSnapshot(text []byte) (Snapshot, error) {
	var f stateFile
	if err := json.Unmarshal(text, &f); err != nil {
		return Snapshot{}, err
	}
	switch {
	case f.Format != fileFormat:
		return Snapshot{}, fmt.Errorf("format %d is not known here, only %d is", f.Format, fileFormat)
	case f.Device == 0:
		return Snapshot{}, errors.New("device is 0")
	case f.Counter > maxCounter:
		return Snapshot{}, fmt.Errorf("counter %d is above %d", f.Counter, uint64(maxCounter))
	}
	return Snapshot{
		Account: f.Account, UID: f.UID, Device: f.Device, Counter: f.Counter,
		Cursor: f.Cursor, StoreEpoch: f.StoreEpoch, Fingerprint: f.Fingerprint,
		Token: f.Token, TokenExpires: expiry(f.TokenExpires),
		Tickets: ticketsFromFile(f.Tickets), Rhythms: rhythmsFromFile(f.Networks),
		Topics: groupsFromFile(f.Groups), TopicsEpoch: f.GroupsEpoch, TopicsListed: f.GroupsListed, TopicsSince: f.GroupsSince,
	}, nil
}

// rhythmFile is the layout of what is known of a network.
type rhythmFile struct {
	Network string  `json:"network"`
	Good    float64 `json:"good"` // seconds
	Bad     float64 `json:"bad,omitempty"`
	Found   int64   `json:"found,omitempty"` // Unix milliseconds
	Used    int64   `json:"used"`
}

func rhythmsToFile(list []Rhythm) (files []rhythmFile) {
	for _, r := range list {
		files = append(files, rhythmFile{r.Network, r.Good.Seconds(), r.Bad.Seconds(), milliseconds(r.Found), milliseconds(r.Used)})
	}
	return files
}

// rhythmsFromFile leaves out what cannot be: it is learnt again.
func rhythmsFromFile(files []rhythmFile) (list []Rhythm) {
	for _, f := range files {
		if f.Good >= 0 && f.Good <= mostBeat.Seconds() && f.Bad >= 0 && f.Bad <= 2*mostBeat.Seconds() {
			list = append(list, Rhythm{
				Network: f.Network, Good: time.Duration(f.Good * float64(time.Second)), Bad: time.Duration(f.Bad * float64(time.Second)),
				Found: expiry(f.Found), Used: expiry(f.Used),
			})
		}
	}
	return list
}

// milliseconds returns 0 for the zero time.
func milliseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
