package web

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/tus/tusd/v2/pkg/filestore"
	"github.com/tus/tusd/v2/pkg/handler"

	"github.com/sim-im/sim/imservice/media"
)

// Metadata of an upload, as in its header Upload-Metadata.
const (
	metaHash  = "sha256" // of the whole file, hexadecimal; as the client says
	metaOwner = "owner"  // as the token says
)

// staging is the handler.DataStore of uploads under way. Calls about one upload come
// one after another: the handler locks it.
type staging struct {
	*Server
	files filestore.FileStore
}

var (
	_ handler.DataStore           = (*staging)(nil)
	_ handler.TerminaterDataStore = (*staging)(nil)
)

func newStaging(s *Server) (*staging, error) {
	dir := s.options.Staging
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("media: %w", err)
	}
	files := filestore.New(dir)
	files.DirModePerm, files.FileModePerm = 0o700, 0o600
	g := &staging{s, files}
	return g, g.resume()
}

// userKey is the key of a context's user.
type userKey struct{}

// withUser returns a context of a user whose token was checked.
func withUser(ctx context.Context, uid uint64) context.Context {
	return context.WithValue(ctx, userKey{}, uid)
}

// userOf returns the user of a request, 0 for none.
func userOf(ctx context.Context) uint64 {
	uid, _ := ctx.Value(userKey{}).(uint64)
	return uid
}

// NewUpload implements handler.DataStore.
func (g *staging) NewUpload(ctx context.Context, info handler.FileInfo) (handler.Upload, error) {
	uid, hash := userOf(ctx), info.MetaData[metaHash]
	switch {
	case uid == 0:
		return nil, g.tell(errToken)
	case info.Size > g.options.Signer.Most:
		return nil, g.tell(errTooLarge)
	case info.Size <= 0:
		return nil, g.tell(errEmpty)
	}
	var id media.ID
	_, _ = rand.Read(id[:]) // never fails
	info.ID = media.Name(id, media.Whole)
	info.MetaData = handler.MetaData{metaHash: hash, metaOwner: strconv.FormatUint(uid, 10)}
	if !g.quotas.begin(info.ID, opened{uid, info.Size, hash}, g.options.Now()) {
		return nil, g.tell(errQuota)
	}
	made, err := g.files.NewUpload(ctx, info)
	if err == nil {
		err = syncFolder(g.options.Staging)
	}
	if err != nil {
		g.remove(info.ID)
		return nil, g.tell(err)
	}
	g.counters.begun.Add(1)
	return &upload{Upload: made, staging: g, info: info}, nil
}

// GetUpload implements handler.DataStore. Of others there are none. One that is
// whole and not finished is finished now.
func (g *staging) GetUpload(ctx context.Context, id string) (handler.Upload, error) {
	u, err := g.get(ctx, id)
	if err != nil {
		return nil, g.tell(err)
	}
	return u, nil
}

func (g *staging) get(ctx context.Context, id string) (handler.Upload, error) {
	name, ok := media.ParseID(id)
	if !ok {
		return nil, errUnknown
	}
	found, err := g.files.GetUpload(ctx, id)
	if errors.Is(err, handler.ErrNotFound) {
		return g.getFinished(ctx, name)
	}
	if err != nil {
		return nil, err
	}
	u := &upload{Upload: found, staging: g}
	if u.info, err = found.GetInfo(ctx); err != nil {
		return nil, err
	}
	if u.owner() != userOf(ctx) {
		return nil, errUnknown
	}
	if u.info.Offset >= u.info.Size {
		if err := u.finish(); err != nil {
			return nil, err
		}
	}
	return u, nil
}

// getFinished returns an upload that the message service knows already.
func (g *staging) getFinished(ctx context.Context, id media.ID) (handler.Upload, error) {
	known, ok, err := g.options.Book.Media(ctx, id)
	if err != nil {
		return nil, err
	}
	if !ok || known.Owner != userOf(ctx) {
		return nil, errUnknown
	}
	size := int64(known.Bytes)
	return &upload{staging: g, info: handler.FileInfo{ID: media.Name(id, media.Whole), Size: size, Offset: size}}, nil
}

// AsTerminatableUpload implements handler.TerminaterDataStore.
func (g *staging) AsTerminatableUpload(u handler.Upload) handler.TerminatableUpload {
	return u.(*upload)
}

// remove ends an upload, whatever is there of it.
func (g *staging) remove(id string) {
	g.quotas.end(id)
	for _, path := range []string{id, id + infoSuffix} { // what is without the other is swept
		if err := os.Remove(filepath.Join(g.options.Staging, path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			g.options.Logger.Error("cannot remove an upload", "error", err)
		}
	}
}

// infoSuffix is what the second file of an upload ends with.
const infoSuffix = ".info"

// resume counts the uploads that were under way when the process ended.
func (g *staging) resume() error {
	infos, err := filepath.Glob(filepath.Join(g.options.Staging, "*"+infoSuffix))
	if err != nil {
		return fmt.Errorf("media: %w", err)
	}
	for _, path := range infos {
		var info handler.FileInfo
		text, err := os.ReadFile(path)
		if err != nil || json.Unmarshal(text, &info) != nil || info.ID != strings.TrimSuffix(filepath.Base(path), infoSuffix) {
			continue // cut short; nobody was told of it, and it is swept
		}
		if _, err := os.Stat(strings.TrimSuffix(path, infoSuffix)); err != nil {
			continue // half removed
		}
		g.quotas.known(info.ID, opened{ownerOf(info), info.Size, info.MetaData[metaHash]})
	}
	return nil
}

// sweep removes uploads that nobody has gone on with since a moment.
func (g *staging) sweep(since time.Time) error {
	files, err := os.ReadDir(g.options.Staging)
	if err != nil {
		return fmt.Errorf("media: %w", err)
	}
	newest := make(map[string]time.Time) // of the two files of each
	for _, file := range files {
		if info, err := file.Info(); err == nil {
			id := strings.TrimSuffix(file.Name(), infoSuffix)
			if at := info.ModTime(); at.After(newest[id]) {
				newest[id] = at
			}
		}
	}
	for id, at := range newest {
		if at.Before(since) {
			g.remove(id)
			g.counters.expired.Add(1)
		}
	}
	return nil
}

func ownerOf(info handler.FileInfo) uint64 {
	uid, _ := strconv.ParseUint(info.MetaData[metaOwner], 10, 64) // 0 is nobody
	return uid
}

// upload is one of staging.
type upload struct {
	handler.Upload // its files; nil when it is finished
	staging        *staging
	info           handler.FileInfo
}

func (u *upload) owner() uint64 { return ownerOf(u.info) }

// GetInfo implements handler.Upload.
func (u *upload) GetInfo(context.Context) (handler.FileInfo, error) { return u.info, nil }

// WriteChunk implements handler.Upload. What it counts is on the disk.
func (u *upload) WriteChunk(ctx context.Context, offset int64, src io.Reader) (int64, error) {
	beginsToRead(ctx)
	n, err := u.Upload.WriteChunk(ctx, offset, src)
	u.staging.counters.received.Add(uint64(n))
	if err != nil && faultOf(err) == errFull {
		return n, u.staging.tell(err)
	}
	if errSync := syncFile(filepath.Join(u.staging.options.Staging, u.info.ID)); errSync != nil {
		return 0, u.staging.tell(errSync)
	}
	return n, err
}

// FinishUpload implements handler.Upload.
func (u *upload) FinishUpload(context.Context) error {
	if err := u.finish(); err != nil {
		return u.staging.tell(err)
	}
	return nil
}

// Terminate implements handler.TerminatableUpload. What is finished stays until
// nobody has sent it for long.
func (u *upload) Terminate(context.Context) error {
	if u.Upload == nil {
		return u.staging.tell(errUnknown)
	}
	u.staging.remove(u.info.ID)
	return nil
}

// syncFile makes the content of a file durable.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// syncFolder makes the names in a folder durable.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
