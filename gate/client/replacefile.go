package client

import (
	"os"
	"path/filepath"
)

// replaceFile makes text the content of path, so that whoever opens path at
// any moment, a crash included, finds the old content or all of the new.
func replaceFile(path string, text []byte) error {
	temporary := path + ".tmp"
	if err := writeSynced(temporary, text); err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// writeSynced writes a file for its owner only. What an earlier crash left
// there is overwritten, its permissions included.
func writeSynced(path string, text []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	err = file.Chmod(0o600)
	if err == nil {
		_, err = file.Write(text)
	}
	if err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}
