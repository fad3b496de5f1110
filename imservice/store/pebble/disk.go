package pebble

import (
	"errors"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// disk is the file system under the engine, with a fuse: the first write that
// fails breaks the store, and from then on nothing reaches the disk.
//
//	operation after the fuse blew      what the engine gets
//	writing a table                    the reason, after a pause
//	any other write, remove            success, and nothing is done
//	reads                              what is there
//
// The engine must not see a failed write of its log or manifest: it panics
// under its locks or goes on with half a state, since its fatal errors are
// meant to end the process. Nobody is deceived: Pending.Wait and every write
// look at the condition afterwards. A failed write of a table is part of its
// plan, but it tries again at once and for ever, hence the pause.
type disk struct {
	vfs.FS // reads, paths, free space

	cond *condition
	lock lock // of the data folder

	// opening is set until the store is open, and stays set when that fails.
	// The engine must not see any failed write then: it retries the flush of
	// its log for ever, and when it gives up it pulls the rug from under the
	// background work it has started, which panics.
	opening atomic.Bool
}

// retryPause is how long a write on a broken disk waits before it fails.
const retryPause = time.Second

// Unwrap implements vfs.FS.
func (d *disk) Unwrap() vfs.FS { return d.FS }

// Create implements vfs.FS.
func (d *disk) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return d.openToWrite(name, func() (vfs.File, error) { return d.FS.Create(name, category) })
}

// OpenReadWrite implements vfs.FS.
func (d *disk) OpenReadWrite(name string, category vfs.DiskWriteCategory, opts ...vfs.OpenOption) (vfs.File, error) {
	return d.openToWrite(name, func() (vfs.File, error) { return d.FS.OpenReadWrite(name, category, opts...) })
}

// ReuseForWrite implements vfs.FS.
func (d *disk) ReuseForWrite(oldname, newname string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return d.openToWrite(newname, func() (vfs.File, error) { return d.FS.ReuseForWrite(oldname, newname, category) })
}

// OpenDir implements vfs.FS.
func (d *disk) OpenDir(name string) (vfs.File, error) {
	f, err := d.FS.OpenDir(name)
	if err != nil {
		return nil, err
	}
	return &diskFile{File: f, disk: d, name: name}, nil
}

// Rename implements vfs.FS.
func (d *disk) Rename(oldname, newname string) error {
	return d.change("rename to", newname, func() error { return d.FS.Rename(oldname, newname) })
}

// MkdirAll implements vfs.FS. What it makes is for the owner alone: the files
// below hold messages and are readable for everybody by themselves.
func (d *disk) MkdirAll(dir string, perm os.FileMode) error {
	return d.change("make", dir, func() error { return d.FS.MkdirAll(dir, perm&0o700) })
}

// Remove implements vfs.FS. What cannot be removed does not break the store.
func (d *disk) Remove(name string) error {
	if d.cond.broke() {
		return nil
	}
	return d.FS.Remove(name)
}

// RemoveAll implements vfs.FS.
func (d *disk) RemoveAll(name string) error {
	if d.cond.broke() {
		return nil
	}
	return d.FS.RemoveAll(name)
}

// GetDiskUsage implements vfs.FS. Not knowing the free space is no fault of
// the store, so the engine is told that it cannot be known.
func (d *disk) GetDiskUsage(path string) (vfs.DiskUsage, error) {
	usage, err := d.FS.GetDiskUsage(path)
	if err != nil {
		return vfs.DiskUsage{}, vfs.ErrUnsupported
	}
	return usage, nil
}

// openToWrite opens a file that the engine is going to write.
func (d *disk) openToWrite(name string, open func() (vfs.File, error)) (vfs.File, error) {
	file := &diskFile{disk: d, name: name}
	err := d.change("create", name, func() (err error) {
		file.File, err = open()
		return err
	})
	if err != nil {
		return nil, err
	}
	if file.File == nil { // the fuse blew, and the engine must not see it
		file.File = vfs.NewMemFile(nil)
	}
	return file, nil
}

// change does something that alters the disk, or what its state asks for
// instead.
func (d *disk) change(op, name string, do func() error) error {
	why := d.cond.err()
	if why == nil {
		err := do()
		if err == nil {
			return nil
		}
		return d.failed(op, name, err)
	}
	if err := d.instead(name, why); err != nil {
		d.pause()
		return err
	}
	return nil
}

// failed blows the fuse and returns what the engine is told.
func (d *disk) failed(op, name string, err error) error {
	d.cond.fail(explainWrite(op, name, err))
	return d.instead(name, err)
}

// instead returns what the engine is told of a write that was not done.
func (d *disk) instead(name string, why error) error {
	if d.opening.Load() || !isTable(name) {
		return nil
	}
	return why
}

func (d *disk) pause() {
	wait := retryPause
	if d.cond.closed() {
		wait = time.Millisecond
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-d.cond.closing:
	}
}

func isTable(name string) bool {
	return strings.HasSuffix(name, ".sst") || strings.HasSuffix(name, ".blob")
}

func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

func isReadOnly(err error) bool {
	return errors.Is(err, syscall.EROFS) || errors.Is(err, os.ErrPermission)
}
