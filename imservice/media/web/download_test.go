package web_test

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/imservice/media"
	"github.com/sim-im/sim/imservice/media/mediatest"
)

func drawing(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 900, 300))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestDownload reads what was uploaded, in ranges too.
func TestDownload(t *testing.T) {
	w := newWorld(t)
	content := mediatest.Bytes(100_000)
	link := w.options.Signer.Link(w.upload(7, content), media.Whole, w.now())
	r := w.ask("GET", link, nil)
	if r.status != http.StatusOK || r.body != string(content) {
		t.Errorf("%d with %d bytes", r.status, len(r.body))
	}
	for header, want := range map[string]string{
		"Content-Type": "application/octet-stream", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox",
		"Cache-Control": "private, max-age=600, immutable", "Referrer-Policy": "no-referrer",
	} {
		if got := r.header.Get(header); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
	if shown := r.header.Get("Content-Disposition"); !strings.HasPrefix(shown, "attachment") {
		t.Errorf("shown as %q", shown)
	}
	part := w.ask("GET", link, nil, "Range", "bytes=99990-", "If-Range", r.header.Get("ETag"))
	if part.status != http.StatusPartialContent || part.body != string(content[99_990:]) {
		t.Errorf("the end: %d with %d bytes", part.status, len(part.body))
	}
	w.wantStatus("beyond", w.ask("GET", link, nil, "Range", "bytes=100000-"), http.StatusRequestedRangeNotSatisfiable)
	w.wantStatus("known", w.ask("GET", link, nil, "If-None-Match", r.header.Get("ETag")), http.StatusNotModified)
	if head := w.ask("HEAD", link, nil); head.status != http.StatusOK || head.header.Get("Content-Length") != "100000" {
		t.Errorf("head: %+v", head)
	}
	w.wantStatus("written", w.ask("PUT", link, nil), http.StatusMethodNotAllowed)
}

func TestThumbnail(t *testing.T) {
	w := newWorld(t)
	id := w.upload(7, drawing(t))
	whole := w.ask("GET", w.options.Signer.Link(id, media.Whole, w.now()), nil)
	small := w.ask("GET", w.options.Signer.Link(id, media.Thumbnail, w.now()), nil)
	if whole.header.Get("Content-Type") != "image/png" || !strings.HasPrefix(whole.header.Get("Content-Disposition"), "inline") {
		t.Errorf("whole: %v", whole.header)
	}
	if m, kind, err := image.DecodeConfig(strings.NewReader(small.body)); err != nil || kind != "jpeg" || m.Width != 480 || small.header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("thumbnail: %s %v, %v", kind, m, err)
	}
	text := w.upload(7, []byte("text"))
	w.wantStatus("of a text", w.ask("GET", w.options.Signer.Link(text, media.Thumbnail, w.now()), nil), http.StatusNotFound)
}

// TestLinks lets nobody read without a link that holds.
func TestLinks(t *testing.T) {
	w := newWorld(t)
	id, other := w.upload(7, []byte("text")), w.upload(7, []byte("other"))
	link := w.options.Signer.Link(id, media.Whole, w.now())
	forged := &media.Signer{Key: bytes.Repeat([]byte("f"), media.MinKey), URL: w.options.Signer.URL}
	for name, bad := range map[string]string{
		"none": strings.Split(link, "?")[0], "forged": forged.Link(id, media.Whole, w.now()),
		"to another": strings.Replace(link, media.Name(id, ""), media.Name(other, ""), 1), "longer": strings.Replace(link, "expires=1", "expires=2", 1),
		"a path": strings.Replace(link, media.Name(id, ""), "..%2f"+media.Name(id, ""), 1),
	} {
		w.wantStatus(name, w.ask("GET", bad, nil, "Authorization", w.token(7)), http.StatusForbidden)
	}
	w.wantStatus("good", w.ask("GET", link, nil), http.StatusOK)
	w.pass(10 * time.Minute)
	w.wantStatus("expired", w.ask("GET", link, nil), http.StatusForbidden)
	if _, sign, _ := strings.Cut(link, "sign="); strings.Contains(w.log.String(), sign) {
		t.Errorf("a link is in the log: %s", w.log.String())
	}
}

// TestLostBytes are a row without bytes, and a link to what was erased.
func TestLostBytes(t *testing.T) {
	w := newWorld(t)
	id := w.upload(7, []byte("text"))
	link := w.options.Signer.Link(id, media.Whole, w.now())
	if err := w.store.Delete(t.Context(), media.Name(id, media.Whole)); err != nil {
		t.Fatal(err)
	}
	w.wantStatus("lost", w.ask("GET", link, nil), http.StatusNotFound)
	if err := w.server.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.wantStatus("erased", w.ask("GET", link, nil), http.StatusNotFound)
}
