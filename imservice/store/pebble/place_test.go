package pebble_test

import (
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/imservice/store/pebble"
	"github.com/sim-im/sim/imservice/store/storetest"
)

// place is a crashable file system in memory, under one that can fail.
type place struct {
	mem   *vfs.MemFS
	fault fault
	clock atomic.Int64
	log   *slog.Logger
}

var (
	_ storetest.Breaker = (*place)(nil)
	_ storetest.Filler  = (*place)(nil)
)

func newPlace(t *testing.T) *place {
	return &place{mem: vfs.NewCrashableMem(), log: slog.New(slog.NewTextHandler(t.Output(), nil))}
}

// options uses small memtables, so that a short test flushes and compacts, and
// a clock that makes every look at the disk a fresh one.
func (p *place) options() pebble.Options {
	return pebble.Options{
		Dir:          "data/store",
		FS:           errorfs.Wrap(p.mem, &p.fault),
		Now:          func() time.Time { return time.Unix(p.clock.Add(1), 0) },
		MemTableSize: 64 << 10,
		CacheSize:    1 << 20,
		Logger:       p.log,
	}
}

func (p *place) Open() (store.Store, error) {
	s, err := pebble.Open(p.options())
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (p *place) PowerCut(seed uint64) storetest.Opener {
	rng := rand.New(rand.NewPCG(seed, 1))
	percent := []int{0, 100, rng.IntN(100)}[rng.IntN(3)]
	return &place{mem: p.mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: rng}), log: p.log}
}

func (p *place) Break(err error, skip int) { p.fault.set(err, skip) }
func (p *place) Failed() bool              { return p.fault.failed.Load() }
func (p *place) Heal()                     { p.fault.set(nil, 0) }

func (p *place) Fill(full bool) {
	usage := vfs.DiskUsage{AvailBytes: 10 << 30, TotalBytes: 20 << 30, UsedBytes: 10 << 30}
	if full {
		usage.AvailBytes = 100 << 20
	}
	p.mem.TestingSetDiskUsage(usage)
}

// fault makes writes fail, and syncs of the log take their time as on a disk:
// otherwise there would hardly be a moment between visible and durable.
type fault struct {
	err    atomic.Pointer[error]
	skip   atomic.Int64 // writes that still succeed
	failed atomic.Bool
}

func (f *fault) set(err error, skip int) {
	f.failed.Store(false)
	f.skip.Store(int64(skip))
	if err == nil {
		f.err.Store(nil)
		return
	}
	f.err.Store(&err)
}

// MaybeError implements errorfs.Injector.
func (f *fault) MaybeError(op errorfs.Op) error {
	if op.Kind == errorfs.OpFileSyncData && isLog(op.Path) {
		time.Sleep(100 * time.Microsecond)
	}
	err := f.err.Load()
	if err == nil || op.Kind.ReadOrWrite() == errorfs.OpIsRead || op.Kind == errorfs.OpFileClose {
		return nil
	}
	if f.skip.Add(-1) >= 0 {
		return nil
	}
	f.failed.Store(true)
	return *err
}

// String implements errorfs.Injector.
func (f *fault) String() string { return "fault" }

func TestSuite(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Opener { return newPlace(t) })
}

// onDisk is a folder of the real disk.
type onDisk string

func (dir onDisk) Open() (store.Store, error) {
	s, err := pebble.Open(pebble.Options{Dir: string(dir), MinFree: -1})
	if err != nil {
		return nil, err
	}
	return s, nil
}

func TestSuiteOnDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("slow: syncs a real disk")
	}
	storetest.Run(t, func(t *testing.T) storetest.Opener { return onDisk(t.TempDir()) })
}
