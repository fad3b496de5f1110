package pebble

import (
	"math"
	"runtime"

	engine "github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
)

// formatVersion of the engine's files. It is written down so that a newer
// engine does not change the files of a store by itself. This one marks in the
// log what was synced, which tells a torn tail from damage.
const formatVersion = engine.FormatValueSeparation

// Bounds of mergeDepth.
const (
	leastMergeDepth = 4
	mostMergeDepth  = 24
)

// mergeDepth is how many tables of the first level may lie on top of each other
// before they are merged; the engine begins at half of it. A merge has to be
// about something: with the default size it is about 192 MiB of rows. Memtables
// that are smaller, to save memory, get shallower levels, because each table is
// another place for a read to look.
func mergeDepth(memTableSize int64) int {
	return int(min(max(mostMergeDepth*memTableSize/defaultMemTableSize, leastMergeDepth), mostMergeDepth))
}

// engineOptions tunes the engine for one writer that commits large batches of
// small rows all the time, point reads by full key, and ranges of a prefix.
func (s *Store) engineOptions(o Options) *engine.Options {
	opts := &engine.Options{
		FS:                 s.disk,
		FormatMajorVersion: formatVersion,
		Logger:             engineLog{log: o.Logger, cond: s.cond},
		EventListener:      engineEvents(s.cond, s.load),

		// Memtables are charged to the cache, so it has to hold them besides
		// the blocks. Half-megabyte background writes keep a sync from waiting
		// for everything the log has gathered.
		MemTableSize:    uint64(o.MemTableSize),
		CacheSize:       o.CacheSize + maxWaitingMemTables*o.MemTableSize,
		WALBytesPerSync: 512 << 10,

		// Writers are held back by pressure, not by the engine.
		MemTableStopWritesThreshold: math.MaxInt16,
		L0StopWritesThreshold:       math.MaxInt16,

		// Merging is most of the CPU of a store under load: the first level may
		// get much deeper than usual before it is merged, since heads are cached
		// above and most reads end in the newest tables; and the level below it is
		// large, so that what has accumulated goes down in few steps. Tables are
		// split at 2 MiB, so that a merge takes a part.
		L0CompactionThreshold: mergeDepth(o.MemTableSize),
		LBaseMaxBytes:         512 << 20,
		FlushSplitBytes:       2 << 20,
		CompactionConcurrencyRange: func() (int, int) {
			return 1, max(1, runtime.GOMAXPROCS(0)/2)
		},
	}
	for i := range opts.Levels {
		opts.Levels[i].BlockSize = 16 << 10
		opts.Levels[i].FilterPolicy = bloom.FilterPolicy(10) // bits per key: 1 % false positives
	}
	opts.ApplyCompressionSettings(func() engine.DBCompressionSettings { return engine.DBCompressionFastest })
	return opts
}
