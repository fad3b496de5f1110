package relay

import (
	"fmt"
	"runtime"

	engine "github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
)

// openEngine opens Pebble as the message service tunes it by default, see
// imservice/store/pebble; bounds that the store keeps itself are the engine's
// here.
func openEngine(dir string) (*engine.DB, error) {
	const memTable, memTables = 16 << 20, 4
	opts := &engine.Options{
		FormatMajorVersion:          engine.FormatValueSeparation,
		Logger:                      silent{},
		MemTableSize:                memTable,
		CacheSize:                   64<<20 + memTables*memTable,
		WALBytesPerSync:             512 << 10,
		MemTableStopWritesThreshold: memTables,
		L0StopWritesThreshold:       96,
		L0CompactionThreshold:       24,
		LBaseMaxBytes:               512 << 20,
		FlushSplitBytes:             2 << 20,
		CompactionConcurrencyRange: func() (int, int) {
			return 1, max(1, runtime.GOMAXPROCS(0)/2)
		},
	}
	for i := range opts.Levels {
		opts.Levels[i].BlockSize = 16 << 10
		opts.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	opts.ApplyCompressionSettings(func() engine.DBCompressionSettings { return engine.DBCompressionFastest })
	db, err := engine.Open(dir, opts)
	if err != nil {
		return nil, fmt.Errorf("relay: %w", err)
	}
	return db, nil
}

// silent drops what the engine says; a failure of it ends the process.
type silent struct{}

func (silent) Infof(string, ...any)  {}
func (silent) Errorf(string, ...any) {}
func (silent) Fatalf(format string, args ...any) {
	panic("relay: pebble: " + fmt.Sprintf(format, args...))
}
