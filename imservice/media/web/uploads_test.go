package web_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/imservice/media"
	"github.com/sim-im/sim/imservice/media/mediatest"
	"github.com/sim-im/sim/imservice/media/web"
)

// TestUpload goes in parts, over a restart of the server.
func TestUpload(t *testing.T) {
	w := newWorld(t)
	content := mediatest.Bytes(100_000)
	at := w.begin(7, len(content))
	w.wantStatus("first part", w.patch(7, at, 0, content[:30_000]), http.StatusNoContent)
	if r := w.by(7, "HEAD", at, nil); r.offset() != "30000" || r.header.Get("Upload-Length") != "100000" {
		t.Errorf("head: %+v", r)
	}
	w.wantStatus("what it is, before it is whole", w.ask("GET", at, nil, "Authorization", w.token(7)), http.StatusNotFound)
	w.start()
	w.wantStatus("second part", w.patch(7, at, 30_000, content[30_000:99_999]), http.StatusNoContent)
	w.wantStatus("last part", w.patch(7, at, 99_999, content[99_999:]), http.StatusNoContent)
	sum := sha256.Sum256(content)
	if is := w.describes(7, at); is.Bytes != len(content) || is.Type != "application/octet-stream" || is.SHA256 != hex.EncodeToString(sum[:]) {
		t.Errorf("%+v", is)
	}
	if r := w.by(7, "HEAD", at, nil); r.offset() != "100000" {
		t.Errorf("head of what is finished: %+v", r)
	}
	w.wantStatus("nothing more", w.patch(7, at, 100_000, nil), http.StatusNoContent)
	w.wantStatus("finished ones stay", w.by(7, "DELETE", at, nil), http.StatusNotFound)
	if left := w.staged(); len(left) > 0 || w.server.Stats().Open != 0 {
		t.Errorf("left: %v, %+v", left, w.server.Stats())
	}
}

// TestSameFile finds the upload of the same content, of this user only.
func TestSameFile(t *testing.T) {
	w := newWorld(t)
	content := mediatest.Bytes(1000)
	sum := sha256.Sum256(content)
	hash := hex.EncodeToString(sum[:])
	at := w.create(7, 1000, hash).header.Get("Location")
	w.wantStatus("a part", w.patch(7, at, 0, content[:10]), http.StatusNoContent)
	for range 2 {
		if again := w.create(7, 1000, hash); again.status != http.StatusCreated || again.header.Get("Location") != at {
			t.Errorf("again: %+v", again)
		}
		w.start()
	}
	for name, r := range map[string]reply{"another user": w.create(8, 1000, hash), "another size": w.create(7, 999, hash), "another hash": w.create(7, 1000, hash[1:]), "no hash": w.create(7, 1000, "")} {
		if r.status != http.StatusCreated || r.header.Get("Location") == at {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// TestOffsets refuses parts that are not next.
func TestOffsets(t *testing.T) {
	w := newWorld(t)
	content := mediatest.Bytes(1000)
	at := w.begin(7, 1000)
	w.wantStatus("a gap", w.patch(7, at, 1, content[:10]), http.StatusConflict)
	w.wantStatus("negative", w.patch(7, at, -1, content[:10]), http.StatusBadRequest)
	w.wantStatus("a part", w.patch(7, at, 0, content[:500]), http.StatusNoContent)
	w.wantStatus("again", w.patch(7, at, 0, content[:500]), http.StatusConflict)
	w.wantStatus("too much", w.patch(7, at, 500, content[:501]), http.StatusRequestEntityTooLarge)
	w.wantStatus("the rest", w.patch(7, at, 500, content[500:]), http.StatusNoContent)
	if is := w.describes(7, at); is.Bytes != 1000 {
		t.Errorf("%+v", is)
	}
}

// TestPartsAtOnce has one of many parts at the same offset be taken, and never some of
// two. Who had begun may be interrupted by those who are then too late: whoever asks by
// HEAD how far it came sends the rest.
func TestPartsAtOnce(t *testing.T) {
	w := newWorld(t)
	const size, senders = 50_000, 8
	at := w.begin(7, size)
	content := func(i int) []byte { return bytes.Repeat([]byte{0x80 + byte(i)}, size) }
	var all sync.WaitGroup
	replies, errs := [senders]reply{}, [senders]error{}
	for i := range senders {
		all.Go(func() { replies[i], errs[i] = w.try("PATCH", at, content(i), append(w.tus(7), atOffset(0)...)...) })
	}
	all.Wait()
	winner := -1
	for i, r := range replies {
		switch {
		case errs[i] != nil: // who is interrupted may find the connection closed before the answer
		case r.status == http.StatusNoContent && winner < 0:
			winner = i
		case r.status == http.StatusNoContent:
			t.Errorf("%d and %d were taken", winner, i)
		case r.status != http.StatusConflict && r.status != http.StatusLocked && !strings.HasPrefix(r.body, "ERR_UPLOAD_INTERRUPTED"):
			t.Errorf("%d: %+v", i, r)
		}
	}
	there, err := strconv.Atoi(w.by(7, "HEAD", at, nil).offset())
	if err != nil || winner >= 0 && there != size {
		t.Fatalf("%d bytes are there, %v: %+v", there, err, replies)
	}
	rest := content(0)[there:] // of who was interrupted by others, who came too late then
	if len(rest) > 0 {
		w.wantStatus("the rest", w.patch(7, at, there, rest), http.StatusNoContent)
	}
	is := w.describes(7, at)
	for i := range senders {
		whole := slices.Concat(content(i)[:there], rest)
		if sum := sha256.Sum256(whole); is.SHA256 == hex.EncodeToString(sum[:]) && (winner < 0 || winner == i) {
			return
		}
	}
	t.Errorf("a mixture of %v: %+v", replies, is)
}

// TestSizes refuses what is no size, or too much.
func TestSizes(t *testing.T) {
	w := newWorld(t)
	for size, want := range map[int]int{0: http.StatusBadRequest, -1: http.StatusBadRequest, 1 << 20: http.StatusCreated, 1<<20 + 1: http.StatusRequestEntityTooLarge} {
		w.wantStatus(fmt.Sprint(size), w.create(7, size, ""), want)
	}
	later := w.by(7, "POST", w.options.Signer.UploadsURL(), nil, "Upload-Defer-Length", "1")
	if later.status < 400 {
		t.Errorf("told later: %+v", later)
	}
}

// TestLies judges by content: neither a name nor a header makes a type, and what was
// announced is what arrives.
func TestLies(t *testing.T) {
	w := newWorld(t)
	html := []byte("<!DOCTYPE html><html><body onload=alert(1)></html>")
	for name, c := range map[string]struct {
		hash    string
		content []byte
		want    int
	}{
		"a page":               {"", html, http.StatusUnsupportedMediaType},
		"a drawing of scripts": {"", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>`), http.StatusUnsupportedMediaType},
		"a program":            {"", append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 100)...), http.StatusUnsupportedMediaType},
		"half a picture":       {"", []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), http.StatusUnprocessableEntity},
		"other content":        {strings.Repeat("0", 64), []byte("text"), 460},
		"text":                 {"", []byte("text"), http.StatusNoContent},
	} {
		at := w.create(7, len(c.content), c.hash).header.Get("Location")
		r := w.patch(7, at, 0, c.content)
		w.wantStatus(name, r, c.want)
		if c.want >= 400 {
			w.wantStatus(name+", afterwards", w.by(7, "HEAD", at, nil), http.StatusNotFound)
		}
	}
	if left := w.staged(); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if got, want := w.refusals(), "map[checksum:1 picture:1 type:3 unknown:5]"; got != want {
		t.Errorf("counted %s, want %s", got, want)
	}
}

// TestStrangersUpload lets nobody at uploads of others, or without a token.
func TestStrangersUpload(t *testing.T) {
	w := newWorld(t)
	at := w.begin(7, 100)
	whole := w.begin(7, 4)
	w.wantStatus("whole", w.patch(7, whole, 0, []byte("text")), http.StatusNoContent)
	for _, at := range []string{at, whole} {
		w.wantStatus("head", w.by(8, "HEAD", at, nil), http.StatusNotFound)
		w.wantStatus("patch", w.patch(8, at, 0, []byte("x")), http.StatusNotFound)
		w.wantStatus("delete", w.by(8, "DELETE", at, nil), http.StatusNotFound)
		w.wantStatus("override", w.by(8, "POST", at, nil, "X-HTTP-Method-Override", "DELETE"), http.StatusNotFound)
		w.wantStatus("get", w.ask("GET", at, nil, "Authorization", w.token(8)), http.StatusNotFound)
		w.wantStatus("without a token", w.ask("HEAD", at, nil), http.StatusUnauthorized)
	}
	good := w.token(7)
	for _, bad := range []string{"", "Bearer ", "Bearer x", strings.TrimPrefix(good, "Bearer ") + "x", "Basic " + good} {
		w.wantStatus("a bad token", w.ask("POST", w.options.Signer.UploadsURL(), nil, "Authorization", bad, "Upload-Length", "5"), http.StatusUnauthorized)
	}
	w.pass(time.Hour)
	w.wantStatus("an old token", w.ask("HEAD", at, nil, "Authorization", good), http.StatusUnauthorized)
	w.wantStatus("a new one", w.by(7, "HEAD", at, nil), http.StatusOK)
	for _, id := range []string{"..%2f..%2fetc%2fpasswd", "x", strings.Repeat("0", 32), strings.Repeat("F", 32), "a.info"} {
		w.wantStatus(id, w.by(7, "HEAD", w.options.Signer.UploadsURL()+id, nil), http.StatusNotFound)
	}
	if text := w.log.String(); strings.Contains(text, strings.TrimPrefix(good, "Bearer ")) {
		t.Errorf("a token is in the log: %s", text)
	}
}

// TestQuotas bounds what a user has under way, also after a restart, and in a day.
func TestQuotas(t *testing.T) {
	w := newWorld(t, func(o *web.Options) { o.Limits = web.Limits{Uploads: 3, UploadBytes: 1000, DayBytes: 5000} })
	first := w.begin(7, 400)
	w.begin(7, 500)
	w.wantStatus("too many bytes", w.create(7, 101, ""), http.StatusTooManyRequests)
	w.begin(7, 100)
	w.wantStatus("too many", w.create(7, 1, ""), http.StatusTooManyRequests)
	w.begin(8, 1000)
	w.start()
	w.wantStatus("too many after a restart", w.create(7, 1, ""), http.StatusTooManyRequests)
	w.wantStatus("delete", w.by(7, "DELETE", first, nil), http.StatusNoContent)
	for range 4 { // of 5,000, because a restart has forgotten
		second := w.begin(7, 400)
		w.wantStatus("whole", w.patch(7, second, 0, bytes.Repeat([]byte("x"), 400)), http.StatusNoContent)
	}
	for n := 0; n < 3400; n += 400 {
		w.wantStatus("delete", w.by(7, "DELETE", w.begin(7, min(400, 3400-n)), nil), http.StatusNoContent)
	}
	w.wantStatus("too much for a day", w.create(7, 1, ""), http.StatusTooManyRequests)
	w.pass(time.Hour)
	w.begin(7, 200)
}

// TestFull refuses for now what there is no room for, and goes on when there is.
func TestFull(t *testing.T) {
	w := newWorld(t)
	at := w.begin(7, 100)
	file := filepath.Join(w.options.Staging, at[strings.LastIndex(at, "/")+1:])
	if err := errors.Join(os.Remove(file), os.Symlink("/dev/full", file)); err != nil {
		t.Fatal(err)
	}
	content := bytes.Repeat([]byte("x"), 100)
	w.wantStatus("a full disk", w.patch(7, at, 0, content), http.StatusInsufficientStorage)
	if err := errors.Join(os.Remove(file), os.WriteFile(file, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	w.store.fill(media.ErrFull)
	w.wantStatus("a full store", w.patch(7, at, 0, content), http.StatusInsufficientStorage)
	w.wantStatus("still", w.by(7, "HEAD", at, nil), http.StatusInsufficientStorage)
	w.store.fill(errors.New("the path /secret/place is broken"))
	if r := w.patch(7, at, 100, nil); r.status != http.StatusServiceUnavailable || strings.Contains(r.body, "/secret") {
		t.Errorf("a broken store: %+v", r)
	}
	w.store.fill(nil)
	w.shelf.fail(errors.New("no database"))
	w.wantStatus("the message service is away", w.by(7, "HEAD", at, nil), http.StatusServiceUnavailable)
	w.shelf.fail(nil)
	w.start()
	if r := w.by(7, "HEAD", at, nil); r.offset() != "100" {
		t.Errorf("with room: %+v", r)
	}
	if is := w.describes(7, at); is.Bytes != 100 {
		t.Errorf("%+v", is)
	}
}

// TestSweep removes uploads that nobody goes on with, and media that nobody needs.
func TestSweep(t *testing.T) {
	w := newWorld(t)
	id := w.upload(7, []byte("text"))
	old := w.begin(7, 100)
	w.pass(25 * time.Hour)
	if err := w.server.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.wantStatus("an old upload", w.by(7, "HEAD", old, nil), http.StatusNotFound)
	if left := w.staged(); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if _, err := w.store.Open(t.Context(), media.Name(id, media.Whole)); !errors.Is(err, media.ErrNotFound) {
		t.Errorf("media that nobody needs: %v", err)
	}
	if s := w.server.Stats(); s.Open != 0 || s.Expired != 1 || s.Erased != 1 || s.Begun != 2 || s.Finished != 1 || s.Received != 4 {
		t.Errorf("%+v", s)
	}
	fresh := w.begin(7, 100)
	if err := os.Chtimes(filepath.Join(w.options.Staging, fresh[strings.LastIndex(fresh, "/")+1:]), w.now(), w.now()); err != nil {
		t.Fatal(err)
	}
	if err := w.server.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.wantStatus("a fresh one", w.by(7, "HEAD", fresh, nil), http.StatusOK)
}

// TestOptions lists what is wrong.
func TestOptions(t *testing.T) {
	err := web.Limits{Types: []string{"image/["}, Uploads: -1}.Validate()
	if err == nil || !strings.Contains(err.Error(), "image/[") || !strings.Contains(err.Error(), "negative") {
		t.Error(err)
	}
	w := newWorld(t, func(o *web.Options) { o.Limits.Types = []string{"image/*"} })
	at := w.begin(7, 4)
	w.wantStatus("text", w.patch(7, at, 0, []byte("text")), http.StatusUnsupportedMediaType)
	if n, _ := strconv.Atoi(w.ask("OPTIONS", w.options.Signer.UploadsURL(), nil).header.Get("Tus-Max-Size")); n != 1<<20 {
		t.Errorf("at most %d", n)
	}
}
