package keys

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

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
