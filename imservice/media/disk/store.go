package disk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/sim-im/sim/imservice/media"
)

// Store is a folder.
type Store struct {
	dir string
}

var _ media.Store = (*Store)(nil)

const (
	partSuffix = ".part"
	partAge    = time.Hour // after which nobody is putting it any more
)

// Open opens a folder, which is made when it is missing, and removes what was left
// half put.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("media: %w", err)
	}
	parts, err := filepath.Glob(filepath.Join(dir, "??", "*"+partSuffix))
	if err != nil {
		return nil, fmt.Errorf("media: %s: %w", dir, err)
	}
	for _, part := range parts {
		if info, err := os.Stat(part); err == nil && time.Since(info.ModTime()) > partAge {
			_ = os.Remove(part) // another start finds it
		}
	}
	return &Store{dir: dir}, nil
}

// path returns the file of a name, if it is one of media.Name.
func (s *Store) path(name string) (string, error) {
	if len(name) < 3 || strings.ContainsAny(name, `/\`) || strings.HasPrefix(name, ".") {
		return "", fmt.Errorf("%w: %q is no name", media.ErrNotFound, name)
	}
	return filepath.Join(s.dir, name[:2], name), nil
}

// Put implements media.Store. On the same file system nothing is copied.
func (s *Store) Put(ctx context.Context, name string, file *os.File) error {
	path, err := s.path(name)
	if err != nil {
		return err
	}
	if err := s.makeFolder(filepath.Dir(path)); err != nil {
		return explain(err)
	}
	part := path + partSuffix
	_ = os.Remove(part) // of a Put that was cut short
	if os.Link(file.Name(), part) != nil {
		if err := copyFile(ctx, part, file); err != nil {
			_ = os.Remove(part)
			return explain(err)
		}
	}
	if err := os.Rename(part, path); err != nil {
		return explain(err)
	}
	return explain(syncFolder(filepath.Dir(path)))
}

func (s *Store) makeFolder(dir string) error {
	err := os.Mkdir(dir, 0o700)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return syncFolder(s.dir)
}

// copyFile makes a synced copy of a file.
func copyFile(ctx context.Context, path string, from *os.File) error {
	to, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, &reading{ctx, io.NewSectionReader(from, 0, 1<<62)})
	if err == nil {
		err = to.Sync()
	}
	return errors.Join(err, to.Close())
}

// reading ends with its context.
type reading struct {
	ctx context.Context
	io.Reader
}

// Read implements io.Reader.
func (r *reading) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// syncFolder makes the names in a folder durable.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Open implements media.Store.
func (s *Store) Open(_ context.Context, name string) (media.Content, error) {
	path, err := s.path(name)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, explain(err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(explain(err), f.Close())
	}
	return content{f, info.Size()}, nil
}

// content is a file whose size does not change.
type content struct {
	*os.File
	size int64
}

// Size implements media.Content.
func (c content) Size() int64 { return c.size }

// Delete implements media.Store.
func (s *Store) Delete(_ context.Context, name string) error {
	path, err := s.path(name)
	if err == nil {
		err = explain(os.Remove(path))
	}
	if errors.Is(err, media.ErrNotFound) {
		return nil
	}
	return err
}

// Health implements media.Store.
func (s *Store) Health(context.Context) error {
	_, err := os.Stat(s.dir)
	return explain(err)
}

// explain names the reason of a call that failed.
func explain(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: %w", media.ErrNotFound, err)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%w: %w", media.ErrFull, err)
	}
	return fmt.Errorf("media: %w", err)
}
