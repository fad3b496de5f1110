package imservice

import (
	"strings"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// disk is a file system in memory whose log can be held up, fail, or be full.
type disk struct {
	vfs.FS
	free atomic.Uint64 // bytes

	mu     sync.Mutex
	change *sync.Cond
	held   bool
	broken error
}

func newDisk() *disk {
	d := &disk{}
	d.change = sync.NewCond(&d.mu)
	d.free.Store(1 << 40)
	d.FS = errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(d.onWrite))
	return d
}

// onWrite is asked before each operation of the engine.
func (d *disk) onWrite(op errorfs.Op) error {
	if !strings.HasSuffix(op.Path, ".log") {
		return nil
	}
	switch op.Kind {
	case errorfs.OpFileSync, errorfs.OpFileSyncData, errorfs.OpFileSyncTo:
	default:
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for d.held {
		d.change.Wait()
	}
	return d.broken
}

// hold makes syncs of the log wait until let.
func (d *disk) hold() { d.set(true, nil) }

// let ends hold; with an error, the syncs fail with it.
func (d *disk) let(err error) { d.set(false, err) }

func (d *disk) set(held bool, broken error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.held, d.broken = held, broken
	d.change.Broadcast()
}

// GetDiskUsage implements vfs.FS.
func (d *disk) GetDiskUsage(string) (vfs.DiskUsage, error) {
	return vfs.DiskUsage{AvailBytes: d.free.Load(), TotalBytes: 1 << 40}, nil
}
