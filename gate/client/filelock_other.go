//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package client

import (
	"errors"
	"os"
)

// lockFile has no lock to take here, and sharing a device unnoticed would
// lose messages.
func lockFile(string) (*os.File, error) {
	return nil, errors.ErrUnsupported
}

func syncFolder(string) error { return nil }
