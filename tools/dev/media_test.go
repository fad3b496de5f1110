package dev

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/gate/client/mobile"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/tools/ops"
)

// newMediaWorld is one that keeps media.
func newMediaWorld(t *testing.T) *world {
	folder := t.TempDir()
	return newWorldWith(t, func(o *Options) {
		o.Media = ops.MediaOptions{Listen: "127.0.0.1:0", Dir: folder, Most: 64 << 20}
	})
}

// noise are bytes of no type.
func noise(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{byte(n)}).Read(b)
	return b
}

// drawing is a picture.
func drawing(t *testing.T) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 600, 400))
	for x := range 600 {
		for y := range 400 {
			m.Set(x, y, color.RGBA{uint8(x), uint8(y), 99, 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// uploads brings content to the server.
func (u *user) uploads(name string, content []byte) *msgdef.Media {
	u.t.Helper()
	m, err := u.Upload(u.ctx(), client.File{Name: name, Content: bytes.NewReader(content)})
	if err != nil {
		u.t.Fatal(err)
	}
	return m
}

// shows sends media and returns where.
func (u *user) shows(conv msgdef.Conversation, m *msgdef.Media) msgdef.MediaRef {
	u.t.Helper()
	sent, err := u.Send(u.ctx(), conv, client.KindOf(m), m.Append(nil))
	if err != nil {
		u.t.Fatal(err)
	}
	return msgdef.MediaRef{ID: m.ID, Conv: conv, CSeq: sent.CSeq}
}

// fetches reads what a reference names.
func (u *user) fetches(ref msgdef.MediaRef) ([]byte, error) {
	var to bytes.Buffer
	n, err := u.Download(u.ctx(), ref, client.Target{To: &to})
	if err == nil && n != int64(to.Len()) {
		u.t.Errorf("%d bytes, %d written", n, to.Len())
	}
	return to.Bytes(), err
}

// TestPicture goes from one user to another, and to nobody else.
func TestPicture(t *testing.T) {
	w := newMediaWorld(t)
	alice, bob, eve := w.user("alice"), w.user("bob"), w.user("eve")
	content := drawing(t)
	m := alice.uploads("dir/cat.png", content)
	if m.Name != "cat.png" || m.Type != "image/png" || m.Bytes != uint64(len(content)) || m.Width != 600 || m.Height != 400 || len(m.Thumbnail) == 0 {
		t.Errorf("media %+v", m)
	}
	if _, err := eve.fetches(msgdef.MediaRef{ID: m.ID}); !is(err, msgdef.CodeUnknownMedia) {
		t.Errorf("eve, before it was sent: %v", err)
	}
	conv := msgdef.Pair(alice.UID(), bob.UID())
	alice.shows(conv, m)
	got := bob.messages(1)[0]
	if in := client.MediaOf(got); in == nil || in.ID != m.ID || got.Kind != msgdef.ContentImage {
		t.Fatalf("bob got %+v", got)
	}
	if got, err := bob.fetches(client.RefOf(got)); err != nil || !bytes.Equal(got, content) {
		t.Errorf("bob has %d bytes, %v", len(got), err)
	}
	if _, err := eve.fetches(client.RefOf(got)); !is(err, msgdef.CodeForbidden) {
		t.Errorf("eve: %v", err)
	}
	if _, err := eve.Send(eve.ctx(), msgdef.Pair(eve.UID(), eve.UID()), msgdef.ContentImage, m.Append(nil)); !is(err, msgdef.CodeUnknownMedia) {
		t.Errorf("eve sends it: %v", err)
	}
	links, err := bob.MediaLinks(bob.ctx(), client.RefOf(got))
	if err != nil {
		t.Fatal(err)
	}
	if r := get(t, links.List[0].Thumbnail); r.status != http.StatusOK || !strings.HasPrefix(r.kind, "image/jpeg") {
		t.Errorf("thumbnail: %+v", r)
	}
	if _, err := alice.Recall(alice.ctx(), conv, got.CSeq); err != nil {
		t.Fatal(err)
	}
	if _, err := bob.fetches(client.RefOf(got)); !is(err, msgdef.CodeUnknownMedia) {
		t.Errorf("bob, after it was taken back: %v", err)
	}
}

// is tells whether an error is a refusal with a code.
func is(err error, code msgdef.ErrorCode) bool {
	var refused *client.Error
	return errors.As(err, &refused) && refused.Code == code
}

type page struct {
	status int
	kind   string
}

func get(t *testing.T, url string) page {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if _, err := io.ReadAll(r.Body); err != nil {
		t.Fatal(err)
	}
	return page{r.StatusCode, r.Header.Get("Content-Type")}
}

// cutting is an HTTP transport whose connections end after some bytes.
type cutting struct {
	every int64
	cuts  atomic.Int64
}

func (c *cutting) client() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			cut := &cutConn{Conn: conn, of: c}
			cut.left.Store(c.every)
			return cut, err
		},
	}}
}

type cutConn struct {
	net.Conn
	of   *cutting
	left atomic.Int64
}

func (c *cutConn) spend(n int) {
	if c.left.Add(-int64(n)) <= 0 {
		c.of.cuts.Add(1)
		c.Close()
	}
}

func (c *cutConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.spend(n)
	return n, err
}

func (c *cutConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.spend(n)
	return n, err
}

// TestCutMedia uploads and downloads over connections that end again and again.
func TestCutMedia(t *testing.T) {
	w := newMediaWorld(t)
	way := &cutting{every: 700_000}
	o := w.options("alice")
	o.HTTP = way.client()
	alice := w.connect(o)
	content := noise(3_000_000)
	var last int64
	m, err := alice.Upload(alice.ctx(), client.File{Name: "noise", Content: bytes.NewReader(content), Progress: func(done, total int64) {
		if done < last || total != int64(len(content)) {
			t.Errorf("%d of %d after %d", done, total, last)
		}
		last = done
	}})
	if err != nil || way.cuts.Load() == 0 || last != int64(len(content)) {
		t.Fatalf("%d cuts, %d bytes: %v", way.cuts.Load(), last, err)
	}
	before := way.cuts.Load()
	got, err := alice.fetches(alice.shows(msgdef.Pair(alice.UID(), alice.UID()), m))
	if err != nil || !bytes.Equal(got, content) || way.cuts.Load() == before {
		t.Errorf("%d bytes, %d cuts: %v", len(got), way.cuts.Load()-before, err)
	}
}

// TestMediaAfterRestarts goes on with an upload after both sides were restarted, and
// with a download where an earlier one ended.
func TestMediaAfterRestarts(t *testing.T) {
	w := newMediaWorld(t)
	content := noise(5 << 20)
	first := w.user("alice")
	ctx, cancel := context.WithCancel(first.ctx())
	_, err := first.Upload(ctx, client.File{Content: bytes.NewReader(content), Progress: func(done, _ int64) {
		if done >= 2<<20 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	first.close()
	w.stop()
	w.start()
	alice := w.user("alice")
	from := int64(-1)
	m, err := alice.Upload(alice.ctx(), client.File{Content: bytes.NewReader(content), Progress: func(done, _ int64) {
		if from < 0 {
			from = done
		}
	}})
	if err != nil || from < 2<<20 {
		t.Fatalf("went on at %d: %v", from, err)
	}
	ref := alice.shows(msgdef.Pair(alice.UID(), alice.UID()), m)
	var rest bytes.Buffer
	n, err := alice.Download(alice.ctx(), ref, client.Target{To: &rest, From: 5_000_000})
	if err != nil || n != int64(len(content)) || !bytes.Equal(rest.Bytes(), content[5_000_000:]) {
		t.Errorf("%d bytes, %d written: %v", n, rest.Len(), err)
	}
	if _, err := alice.Download(alice.ctx(), ref, client.Target{To: &rest, From: 6_000_000}); !errors.Is(err, client.ErrArgument) {
		t.Errorf("from beyond the end: %v", err)
	}
}

// TestRefusedMedia gets reasons.
func TestRefusedMedia(t *testing.T) {
	w := newMediaWorld(t)
	alice := w.user("alice")
	for status, content := range map[int][]byte{
		http.StatusRequestEntityTooLarge: make([]byte, 65<<20),
		http.StatusUnsupportedMediaType:  []byte("<html><script>alert(1)</script></html>"),
		http.StatusUnprocessableEntity:   []byte("\x89PNG\r\n\x1a\n and no picture"),
	} {
		_, err := alice.Upload(alice.ctx(), client.File{Content: bytes.NewReader(content)})
		var refused *client.MediaError
		if !errors.As(err, &refused) || refused.Status != status || !errors.Is(err, client.ErrMedia) {
			t.Errorf("%d: %v", status, err)
		}
	}
	if _, err := alice.Upload(alice.ctx(), client.File{Content: bytes.NewReader(nil)}); !errors.Is(err, client.ErrArgument) {
		t.Errorf("nothing: %v", err)
	}
}

// TestNowhereForMedia is a server that keeps none.
func TestNowhereForMedia(t *testing.T) {
	plain := newWorld(t).user("bob")
	if _, err := plain.Upload(plain.ctx(), client.File{Content: bytes.NewReader([]byte("x"))}); !is(err, msgdef.CodeNoMedia) {
		t.Errorf("where there is nowhere to: %v", err)
	}
}

// progress counts.
type progress struct{ done, total int64 }

// OnProgress implements mobile.Progress.
func (p *progress) OnProgress(done, total int64) { p.done, p.total = done, total }

// TestMediaOnPhones sends a file from one app to another.
func TestMediaOnPhones(t *testing.T) {
	w := newMediaWorld(t)
	folder := t.TempDir()
	phone, other := w.handset(w.config("alice", t.TempDir())), w.handset(w.config("bob", t.TempDir()))
	phone.connect()
	other.connect()
	content := drawing(t)
	source, to := filepath.Join(folder, "a.png"), filepath.Join(folder, "b.png")
	if err := os.WriteFile(source, content, 0o600); err != nil {
		t.Fatal(err)
	}
	var p progress
	m, err := phone.Upload(source, &p, call())
	if err != nil || p.done != int64(len(content)) || p.total != p.done {
		t.Fatalf("%+v, %v", p, err)
	}
	m.Caption = "look"
	q, err := phone.QueueDraft(mobile.Pair(phone.UID(), other.UID()), m.Draft())
	if err == nil {
		_, err = q.Wait(call())
	}
	if err != nil {
		t.Fatal(err)
	}
	got := (<-other.messages).Media()
	if got == nil || got.Caption != "look" || got.Width != 600 || got.Name != "a.png" {
		t.Fatalf("%+v", got)
	}
	if err := os.WriteFile(to, content[:100], 0o600); err != nil { // of an earlier try
		t.Fatal(err)
	}
	if err := other.Download(got, to, nil, call()); err != nil {
		t.Fatal(err)
	}
	if is, err := os.ReadFile(to); err != nil || !bytes.Equal(is, content) {
		t.Errorf("%d bytes, %v", len(is), err)
	}
	url, err := other.MediaLink(got, true, call())
	if err != nil || get(t, url).status != http.StatusOK {
		t.Errorf("%v", err)
	}
}
