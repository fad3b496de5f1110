package mediatest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/sim-im/sim/imservice/media"
)

// large is more than an S3 client sends in one part.
const large = 17 << 20

// Run runs the suite. open opens the same place each time, which is empty at first.
func Run(t *testing.T, open func(t *testing.T) media.Store) {
	s := open(t)
	for name, test := range map[string]func(t *testing.T, s media.Store){
		"nothing":  testNothing,
		"sizes":    testSizes,
		"replaced": testReplaced,
		"deleted":  testDeleted,
		"ranges":   testRanges,
		"at once":  testAtOnce,
		"given up": testGivenUp,
	} {
		t.Run(name, func(t *testing.T) { test(t, s) })
	}
	t.Run("opened again", func(t *testing.T) {
		put(t, s, "ff-again", []byte("lasts"))
		wantContent(t, open(t), "ff-again", []byte("lasts"))
	})
}

// Bytes are n bytes by chance.
func Bytes(n int) []byte {
	b := make([]byte, n)
	rng := rand.NewChaCha8([32]byte{byte(n)})
	_, _ = rng.Read(b) // never fails
	return b
}

// File is a synced file with some content.
func File(t *testing.T, content []byte) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err == nil {
		_, err = f.Write(content)
	}
	if err = errors.Join(err, f.Sync()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func put(t *testing.T, s media.Store, name string, content []byte) {
	t.Helper()
	if err := s.Put(t.Context(), name, File(t, content)); err != nil {
		t.Fatalf("put %d bytes: %v", len(content), err)
	}
}

func wantContent(t *testing.T, s media.Store, name string, want []byte) {
	t.Helper()
	c, err := s.Open(t.Context(), name)
	if err != nil {
		t.Fatalf("open %s: %v", name, err)
	}
	defer c.Close()
	got, err := io.ReadAll(c)
	if err != nil || !bytes.Equal(got, want) || c.Size() != int64(len(want)) {
		t.Fatalf("%s has %d bytes, says %d, want %d: %v", name, len(got), c.Size(), len(want), err)
	}
}

func testNothing(t *testing.T, s media.Store) {
	if _, err := s.Open(t.Context(), "00-nothing"); !errors.Is(err, media.ErrNotFound) {
		t.Errorf("open of nothing: %v", err)
	}
	if err := s.Delete(t.Context(), "00-nothing"); err != nil {
		t.Errorf("delete of nothing: %v", err)
	}
	if err := s.Health(t.Context()); err != nil {
		t.Errorf("health: %v", err)
	}
}

func testSizes(t *testing.T, s media.Store) {
	for _, n := range []int{1, 5 << 20, large} {
		put(t, s, "01-size", Bytes(n))
		wantContent(t, s, "01-size", Bytes(n))
	}
}

func testReplaced(t *testing.T, s media.Store) {
	put(t, s, "02-old", []byte("old and longer"))
	reader, err := s.Open(t.Context(), "02-old")
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	put(t, s, "02-old", []byte("new"))
	wantContent(t, s, "02-old", []byte("new"))
	put(t, s, "02-old.thumb", []byte("other"))
	wantContent(t, s, "02-old", []byte("new"))
}

func testDeleted(t *testing.T, s media.Store) {
	put(t, s, "03-gone", []byte("x"))
	put(t, s, "03-gone.thumb", []byte("y"))
	for range 2 {
		if err := s.Delete(t.Context(), "03-gone"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Open(t.Context(), "03-gone"); !errors.Is(err, media.ErrNotFound) {
		t.Errorf("open after delete: %v", err)
	}
	wantContent(t, s, "03-gone.thumb", []byte("y"))
}

func testRanges(t *testing.T, s media.Store) {
	all := Bytes(100_000)
	put(t, s, "04-range", all)
	c, err := s.Open(t.Context(), "04-range")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, at := range []int64{99_999, 0, 50_000, 100_000, 7} {
		if n, err := c.Seek(at, io.SeekStart); n != at || err != nil {
			t.Fatalf("seek %d: %d, %v", at, n, err)
		}
		part := make([]byte, min(1000, len(all)-int(at)))
		if _, err := io.ReadFull(c, part); err != nil || !bytes.Equal(part, all[at:int(at)+len(part)]) {
			t.Fatalf("read at %d: %v", at, err)
		}
	}
	if n, err := c.Seek(0, io.SeekEnd); n != 100_000 || err != nil {
		t.Errorf("the end is %d, %v", n, err)
	}
	if n, err := c.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("after the end: %d, %v", n, err)
	}
}

// testAtOnce has the same put by several: one of them stays, whole.
func testAtOnce(t *testing.T, s media.Store) {
	var all sync.WaitGroup
	for i := range byte(8) {
		file := File(t, bytes.Repeat([]byte{i}, 1000+int(i)))
		all.Go(func() {
			_ = s.Put(context.Background(), "05-same", file) // one may be in the other's way
		})
	}
	all.Wait()
	put(t, s, "05-same", []byte("last"))
	wantContent(t, s, "05-same", []byte("last"))
}

func testGivenUp(t *testing.T, s media.Store) {
	put(t, s, "06-kept", []byte("kept"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Put(ctx, "06-kept", File(t, Bytes(100))); err == nil {
		wantContent(t, s, "06-kept", Bytes(100))
		return
	}
	wantContent(t, s, "06-kept", []byte("kept"))
}
