package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tus/tusd/v2/pkg/handler"

	"github.com/sim-im/sim/imservice/media"
	"github.com/sim-im/sim/imservice/media/picture"
	"github.com/sim-im/sim/msgdef"
)

// finishTimeout is how long it may take until what was uploaded is kept.
const finishTimeout = 5 * time.Minute

// finish makes media of an upload that is whole. One that may not become media is
// removed. After another error it is tried again when somebody asks.
func (u *upload) finish() error {
	g := u.staging
	ctx, cancel := context.WithTimeout(g.life, finishTimeout) // a client that has gone comes back
	defer cancel()
	if err := g.turn(ctx); err != nil {
		return err
	}
	defer g.done()
	err := u.enter(ctx)
	if f := faultOf(err); err != nil && !f.final {
		return err
	}
	g.remove(u.info.ID)
	u.Upload = nil
	if err == nil {
		g.counters.finished.Add(1)
	}
	return err
}

// turn waits until few others are at it: decoding takes memory.
func (s *Server) turn(ctx context.Context) error {
	select {
	case s.looks <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Server) done() { <-s.looks }

// enter looks at the file, keeps it, and tells the message service.
func (u *upload) enter(ctx context.Context) error {
	g := u.staging
	file, err := os.Open(filepath.Join(g.options.Staging, u.info.ID))
	if err != nil {
		return err
	}
	defer file.Close()
	info, larger, err := u.inspect(file)
	if err != nil {
		return err
	}
	if len(larger) > 0 {
		if err := g.putBytes(ctx, media.Name(info.ID, media.Thumbnail), larger); err != nil {
			return err
		}
	}
	if err := g.options.Store.Put(ctx, u.info.ID, file); err != nil {
		return err
	}
	return g.options.Book.AddMedia(ctx, info)
}

// inspect says what the file is.
func (u *upload) inspect(file *os.File) (*msgdef.MediaInfo, []byte, error) {
	g := u.staging
	hash := sha256.New()
	n, err := io.Copy(hash, file)
	if err != nil {
		return nil, nil, err
	}
	sum := [32]byte(hash.Sum(nil))
	if want := u.info.MetaData[metaHash]; n != u.info.Size || want != "" && !strings.EqualFold(want, hex.EncodeToString(sum[:])) {
		return nil, nil, errChecksum
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, nil, err
	}
	name, err := picture.TypeOf(file)
	if err != nil {
		return nil, nil, err
	}
	if !g.options.Limits.admits(name) {
		return nil, nil, errType
	}
	look, err := picture.At(file, name, g.options.Limits.MaxPixels)
	if err != nil {
		return nil, nil, err
	}
	id, _ := media.ParseID(u.info.ID) // it was looked at before
	return &msgdef.MediaInfo{
		ID: id, Owner: u.owner(), Bytes: uint64(n), Type: look.Type, Hash: sum, Width: look.Width, Height: look.Height,
		Larger: uint32(len(look.Larger)), Thumbnail: look.Thumbnail, Created: g.options.Now().UnixMilli(),
	}, look.Larger, nil
}

// putBytes keeps what is in memory.
func (s *Server) putBytes(ctx context.Context, name string, content []byte) error {
	file, err := os.CreateTemp(s.options.Staging, "thumb-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // what is left after a crash is swept
	_, err = io.Copy(file, bytes.NewReader(content))
	if err == nil {
		err = file.Sync()
	}
	if err == nil {
		err = s.options.Store.Put(ctx, name, file)
	}
	return errors.Join(err, file.Close())
}

// whole is what GET of an upload answers.
type whole struct {
	ID        string `json:"id"`
	Type      string `json:"type"`
	Bytes     uint64 `json:"bytes"`
	SHA256    string `json:"sha256"`
	Width     uint32 `json:"width,omitempty"`
	Height    uint32 `json:"height,omitempty"`
	Thumbnail []byte `json:"thumbnail,omitempty"`
}

// finished returns what was found out about an upload of a user.
func (s *Server) finished(ctx context.Context, name string) (*whole, error) {
	id, ok := media.ParseID(name)
	if !ok {
		return nil, errUnknown
	}
	m, known, err := s.options.Book.Media(ctx, id)
	switch {
	case err != nil:
		return nil, fmt.Errorf("media %s: %w", name, err)
	case !known || m.Owner != userOf(ctx):
		return nil, handler.ErrNotFound
	}
	return &whole{
		ID: name, Type: m.Type, Bytes: m.Bytes, SHA256: hex.EncodeToString(m.Hash[:]),
		Width: m.Width, Height: m.Height, Thumbnail: m.Thumbnail,
	}, nil
}
