package keys

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// create writes a file that must not exist: what is in it cannot be had again.
func create(name string, text []byte, mode fs.FileMode) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}

// WriteFile replaces a file that is not secret, so that a crash leaves the old
// or the new.
func WriteFile(name string, text []byte) error { return write(name, text, 0o644) }

// write replaces a file as a whole, so that a crash leaves the old or the new.
func write(name string, text []byte, mode fs.FileMode) error {
	temporary, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name()) // gone after the rename
	_, err = temporary.Write(text)
	err = errors.Join(err, temporary.Chmod(mode), temporary.Sync(), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), name)
	}
	return err
}
