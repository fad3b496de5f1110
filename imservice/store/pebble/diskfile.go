package pebble

import "github.com/cockroachdb/pebble/v2/vfs"

// diskFile is a file or folder of a disk, which decides what writing it does.
type diskFile struct {
	vfs.File // reads

	disk *disk
	name string
}

// Write implements vfs.File.
func (f *diskFile) Write(p []byte) (n int, err error) {
	n = len(p)
	err = f.change("write", func() (err error) {
		n, err = f.File.Write(p)
		return err
	})
	return f.written(n, len(p), err)
}

// WriteAt implements vfs.File.
func (f *diskFile) WriteAt(p []byte, off int64) (n int, err error) {
	n = len(p)
	err = f.change("write", func() (err error) {
		n, err = f.File.WriteAt(p, off)
		return err
	})
	return f.written(n, len(p), err)
}

// Sync implements vfs.File.
func (f *diskFile) Sync() error {
	return f.change("sync", func() error { return f.File.Sync() })
}

// SyncData implements vfs.File.
func (f *diskFile) SyncData() error {
	return f.change("sync", func() error { return f.File.SyncData() })
}

// SyncTo implements vfs.File.
func (f *diskFile) SyncTo(length int64) (full bool, err error) {
	err = f.change("sync", func() (err error) {
		full, err = f.File.SyncTo(length)
		return err
	})
	return full, err
}

// Preallocate implements vfs.File. It is an optimisation, so its failure does
// not break the store: the write that follows tells.
func (f *diskFile) Preallocate(offset, length int64) error {
	if f.disk.cond.broke() {
		return nil
	}
	return f.File.Preallocate(offset, length)
}

// Close implements vfs.File.
func (f *diskFile) Close() error {
	if err := f.File.Close(); err != nil {
		return f.disk.failed("close", f.name, err)
	}
	return nil
}

func (f *diskFile) change(op string, do func() error) error {
	return f.disk.change(op, f.name, do)
}

// written says how much of a write was done as far as the engine may know.
func (f *diskFile) written(n, all int, err error) (int, error) {
	if err == nil {
		return all, nil
	}
	return min(n, all), err
}
