package web_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/imservice/media"
	"github.com/sim-im/sim/imservice/media/disk"
	"github.com/sim-im/sim/imservice/media/web"
	"github.com/sim-im/sim/msgdef"
)

// shelf is a media.Book in memory, in which nothing is ever carried.
type shelf struct {
	mu    sync.Mutex
	media map[media.ID]msgdef.MediaInfo
	fails error // of AddMedia
}

var _ media.Book = (*shelf)(nil)

func (b *shelf) AddMedia(_ context.Context, m *msgdef.MediaInfo) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fails == nil {
		b.media[m.ID] = *m
	}
	return b.fails
}

func (b *shelf) Media(_ context.Context, id media.ID) (msgdef.MediaInfo, bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	m, ok := b.media[id]
	return m, ok, nil
}

func (b *shelf) SweepMedia(_ context.Context, erase func(media.ID) error) (n int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for id := range b.media {
		delete(b.media, id)
		err = errors.Join(err, erase(id))
		n++
	}
	return n, err
}

func (b *shelf) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fails = err
}

// full is a store whose disk can be full.
type full struct {
	media.Store
	mu  sync.Mutex
	why error
}

func (f *full) Put(ctx context.Context, name string, file *os.File) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.why != nil {
		return f.why
	}
	return f.Store.Put(ctx, name, file)
}

func (f *full) fill(why error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.why = why
}

// world is a server and what it keeps.
type world struct {
	t       *testing.T
	options web.Options
	shelf   *shelf
	store   *full
	server  *web.Server
	http    *httptest.Server
	log     bytes.Buffer

	mu sync.Mutex
	at time.Time
}

func newWorld(t *testing.T, change ...func(*web.Options)) *world {
	t.Helper()
	w := &world{t: t, at: time.Now().Truncate(time.Millisecond), shelf: &shelf{media: make(map[media.ID]msgdef.MediaInfo)}}
	kept, err := disk.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w.store = &full{Store: kept}
	w.options = web.Options{
		Staging: t.TempDir(), Store: w.store, Book: w.shelf, Now: w.now, Logger: slog.New(slog.NewTextHandler(&w.log, nil)),
		Signer: &media.Signer{Key: bytes.Repeat([]byte("k"), media.MinKey), URL: "http://unknown.test", Most: 1 << 20},
	}
	for _, f := range change {
		f(&w.options)
	}
	w.start()
	return w
}

// start starts the server, again after a restart.
func (w *world) start() {
	w.t.Helper()
	var err error
	if w.server, err = web.New(w.options); err != nil {
		w.t.Fatal(err)
	}
	w.http = httptest.NewServer(w.server)
	w.t.Cleanup(w.http.Close)
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
}

// token is what a user shows.
func (w *world) token(uid uint64) string {
	token, _ := w.options.Signer.Token(uid, w.now())
	return "Bearer " + string(token)
}

// reply is an answer that was read.
type reply struct {
	status int
	header http.Header
	body   string
}

func (r reply) offset() string { return r.header.Get("Upload-Offset") }

// ask makes a request. Headers are pairs.
func (w *world) ask(method, url string, body []byte, headers ...string) reply {
	w.t.Helper()
	r, err := w.try(method, url, body, headers...)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// try is ask for what may have no answer.
func (w *world) try(method, url string, body []byte, headers ...string) (reply, error) {
	url = strings.Replace(url, "http://unknown.test", w.http.URL, 1)
	request, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	r, err := w.http.Client().Do(request)
	if err != nil {
		return reply{}, err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	return reply{r.StatusCode, r.Header, string(text)}, err
}

// by makes a request of tus for a user.
func (w *world) by(uid uint64, method, url string, body []byte, headers ...string) reply {
	w.t.Helper()
	return w.ask(method, url, body, append(w.tus(uid), headers...)...)
}

func (w *world) tus(uid uint64) []string {
	return []string{"Tus-Resumable", "1.0.0", "Authorization", w.token(uid)}
}

// create begins an upload, of a hash if there is one.
func (w *world) create(uid uint64, size int, hash string) reply {
	w.t.Helper()
	return w.by(uid, "POST", w.options.Signer.UploadsURL(), nil,
		"Upload-Length", strconv.Itoa(size), "Upload-Metadata", "sha256 "+base64.StdEncoding.EncodeToString([]byte(hash)))
}

// begin is create that succeeds; it returns where the upload is.
func (w *world) begin(uid uint64, size int) string {
	w.t.Helper()
	r := w.create(uid, size, "")
	if r.status != http.StatusCreated || !strings.HasPrefix(r.header.Get("Location"), w.options.Signer.UploadsURL()) || r.header.Get("Upload-Expires") == "" {
		w.t.Fatalf("create: %+v", r)
	}
	return r.header.Get("Location")
}

func (w *world) patch(uid uint64, at string, offset int, body []byte) reply {
	w.t.Helper()
	return w.by(uid, "PATCH", at, body, atOffset(offset)...)
}

func atOffset(n int) []string {
	return []string{"Upload-Offset", strconv.Itoa(n), "Content-Type", "application/offset+octet-stream"}
}

// upload brings content there and returns its id.
func (w *world) upload(uid uint64, content []byte) media.ID {
	w.t.Helper()
	at := w.begin(uid, len(content))
	if r := w.patch(uid, at, 0, content); r.status != http.StatusNoContent || r.offset() != strconv.Itoa(len(content)) {
		w.t.Fatalf("patch: %+v", r)
	}
	id, ok := media.ParseID(at[strings.LastIndex(at, "/")+1:])
	if !ok {
		w.t.Fatalf("upload at %s", at)
	}
	return id
}

// wantStatus compares a status, and shows what came.
func (w *world) wantStatus(what string, r reply, want int) {
	w.t.Helper()
	if r.status != want {
		w.t.Errorf("%s: %d %s, want %d", what, r.status, r.body, want)
	}
}

// describes returns what the server says of an upload that is whole.
func (w *world) describes(uid uint64, at string) (is struct {
	ID, Type, SHA256 string
	Bytes            int
	Thumbnail        []byte
}) {
	w.t.Helper()
	r := w.ask("GET", at, nil, "Authorization", w.token(uid))
	if r.status != http.StatusOK || json.Unmarshal([]byte(r.body), &is) != nil {
		w.t.Fatalf("description: %+v", r)
	}
	return is
}

// staged lists the files of uploads under way.
func (w *world) staged() (names []string) {
	w.t.Helper()
	files, err := os.ReadDir(w.options.Staging)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, f := range files {
		names = append(names, f.Name())
	}
	return names
}

// refusals is what was counted, without zeros.
func (w *world) refusals() string {
	all := map[web.Reason]uint64{}
	for why, n := range w.server.Stats().Refused {
		if n > 0 {
			all[why] = n
		}
	}
	return fmt.Sprint(all)
}
