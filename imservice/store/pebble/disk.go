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
//	log file, sync of a folder         success, and nothing is done
//	remove                             success, and nothing is done
//	other writes                       the reason, after a pause
//	reads                              what is there
//
// The engine answers a failed write of its log with a panic under its locks,
// so it must not see one; Pending.Wait looks at the condition afterwards and
// never returns nil. It retries a failed flush at once and for ever, hence the
// pause. A disk that no longer changes also makes it harmless that the engine
// runs on after what it thinks was fatal.
type disk struct {
	vfs.FS // reads, paths, free space

	cond *condition
	lock lock // of the data folder

	// opening is set until the engine is open. It starts background work while
	// it opens, and an Open that fails then pulls the rug from under that work,
	// which panics. So a write that fails once the folder is locked does not
	// return: the opening is given up where it stands.
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
	return &diskFile{File: f, disk: d, name: name, pretends: true}, nil
}

// Rename implements vfs.FS.
func (d *disk) Rename(oldname, newname string) error {
	return d.change("rename to", newname, isLog(newname), func() error { return d.FS.Rename(oldname, newname) })
}

// MkdirAll implements vfs.FS.
func (d *disk) MkdirAll(dir string, perm os.FileMode) error {
	return d.change("make", dir, false, func() error { return d.FS.MkdirAll(dir, perm) })
}

// Remove implements vfs.FS. What cannot be removed does not break the store.
func (d *disk) Remove(name string) error {
	if d.cond.err() != nil {
		return nil
	}
	return d.FS.Remove(name)
}

// RemoveAll implements vfs.FS.
func (d *disk) RemoveAll(name string) error {
	if d.cond.err() != nil {
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
	file := &diskFile{disk: d, name: name, pretends: isLog(name)}
	err := d.change("create", name, file.pretends, func() (err error) {
		file.File, err = open()
		return err
	})
	if err != nil {
		return nil, err
	}
	if file.File == nil { // the fuse blew, and a log was asked for
		file.File = vfs.NewMemFile(nil)
	}
	return file, nil
}

// change does something that alters the disk, or what its broken state asks
// for instead. With pretends set the caller never sees a failure.
func (d *disk) change(op, name string, pretends bool, do func() error) error {
	why := d.cond.err()
	if why == nil {
		err := do()
		if err == nil {
			return nil
		}
		d.cond.fail(explainWrite(op, name, err))
		if pretends {
			return nil
		}
		d.holdOpening()
		return err
	}
	if pretends {
		return nil
	}
	d.holdOpening()
	d.pause()
	return why
}

// holdOpening does not return to an engine that must not see a failure.
func (d *disk) holdOpening() {
	if d.opening.Load() && d.lock.taken.Load() {
		select {}
	}
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

func isLog(name string) bool { return strings.HasSuffix(name, ".log") }

func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

func isReadOnly(err error) bool {
	return errors.Is(err, syscall.EROFS) || errors.Is(err, os.ErrPermission)
}
