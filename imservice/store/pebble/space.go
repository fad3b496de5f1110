package pebble

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/sim-im/sim/imservice/store"
)

// space watches the free bytes of the disk. It has no goroutine: whoever asks
// looks again when the last look is older than lookInterval.
type space struct {
	fs   vfs.FS
	dir  string
	min  int64 // below it the store takes no writes; negative switches off
	now  func() time.Time
	next atomic.Int64 // when to look again, Unix nanoseconds
	free atomic.Int64 // bytes at the last look; meaningful when low is set
	low  atomic.Bool
}

// lookInterval bounds how much is written between two looks: at 200 MB/s, with
// what the engine writes besides, about a tenth of the default Options.MinFree.
const lookInterval = 100 * time.Millisecond

// err returns ErrFull while there is too little room.
func (s *space) err() error {
	s.look()
	if !s.low.Load() {
		return nil
	}
	return fmt.Errorf("%w: %d MiB are free in %s and %d MiB are left alone: %s",
		store.ErrFull, s.free.Load()>>20, s.dir, s.min>>20, "free space and writing goes on")
}

func (s *space) look() {
	if s.min < 0 {
		return
	}
	now, next := s.now().UnixNano(), s.next.Load()
	if now < next || !s.next.CompareAndSwap(next, now+int64(lookInterval)) {
		return
	}
	usage, err := s.fs.GetDiskUsage(s.dir)
	if err != nil {
		return // unknown is not full; a failed write will tell
	}
	s.free.Store(int64(min(usage.AvailBytes, 1<<62)))
	s.low.Store(s.free.Load() < s.min)
}
