package imservice

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// uploaded enters a picture of a user.
func (w *world) uploaded(uid uint64, n byte) *msgdef.MediaInfo {
	w.t.Helper()
	m := &msgdef.MediaInfo{
		ID: store.MediaID{n}, Owner: uid, Bytes: 1000, Type: "image/png", Width: 30, Height: 20, Larger: 500,
		Thumbnail: []byte("thumbnail"), Created: w.clock.now().UnixMilli(),
	}
	w.must(w.server.AddMedia(context.Background(), m))
	return m
}

// pictureOf is what a message says of media that it carries.
func pictureOf(m *msgdef.MediaInfo) *msgdef.Media {
	return &msgdef.Media{ID: m.ID, Name: "a.png", Type: m.Type, Bytes: m.Bytes, Width: m.Width, Height: m.Height, Thumbnail: m.Thumbnail}
}

// shows sends a picture.
func (w *world) shows(by, counter uint64, conv msgdef.Conversation, m *msgdef.Media) rpc.SendResult {
	w.t.Helper()
	it := event(by, counter, conv, msgdef.ContentImage, m)
	r := w.send(it)[0]
	if again := w.send(it)[0]; r.Code == msgdef.CodeOK && again != r {
		w.t.Errorf("again: %+v, then %+v", r, again)
	}
	return r
}

// link asks where media can be read.
func (w *world) link(uid uint64, id store.MediaID, conv msgdef.Conversation, cseq uint64) msgdef.MediaLink {
	w.t.Helper()
	reply, err := w.server.MediaLinks(context.Background(), &rpc.MediaLinksQuery{UID: uid, Refs: []msgdef.MediaRef{{ID: id, Conv: conv, CSeq: cseq}}})
	w.must(err)
	link := reply.List[0]
	if link.ID != id || (link.Code == msgdef.CodeOK) != strings.HasPrefix(link.URL, "http://media.test/media/") || (link.URL == "") != (link.Thumbnail == "") {
		w.t.Errorf("link of %x: %+v", id, link)
	}
	return link
}

// swept sweeps, and returns what was erased.
func (w *world) swept() (erased []int) {
	w.t.Helper()
	n, err := w.server.SweepMedia(context.Background(), func(id store.MediaID) error {
		erased = append(erased, int(id[0]))
		return nil
	})
	w.must(err)
	if n != len(erased) {
		w.t.Errorf("%d erased, of %v", n, erased)
	}
	return erased
}

// TestWhoSendsMedia tells who may send which media: 1 has uploaded them and sent
// them to 2, and to the club of 1, 3 and 4.
func TestWhoSendsMedia(t *testing.T) {
	w := newCrowd(t, 6, 1, msgdef.GroupInfo{})
	w.acts(1, 2, msgdef.GroupChange{Act: msgdef.GroupAdd, UIDs: []uint64{3, 4}})
	m := w.uploaded(1, 7)
	pair := msgdef.Pair(1, 2)
	const ok, unknown = msgdef.CodeOK, msgdef.CodeUnknownMedia
	if r := w.shows(2, 9, pair, pictureOf(m)); r.Code != unknown {
		t.Errorf("before it was sent to them: %+v", r)
	}
	w.shows(1, 10, pair, pictureOf(m))
	w.shows(1, 11, club, pictureOf(m)) // 3
	w.acts(1, 12, msgdef.GroupChange{Act: msgdef.GroupRemove, UIDs: []uint64{4}})
	w.acts(1, 13, msgdef.GroupChange{Act: msgdef.GroupAdd, UIDs: []uint64{5}})
	for i, c := range []struct {
		by, to uint64
		want   msgdef.ErrorCode
	}{{1, 6, ok}, {2, 3, ok}, {3, 5, ok}, {4, 6, unknown}, {5, 2, ok}} {
		if r := w.shows(c.by, 100+uint64(i), msgdef.Pair(c.by, c.to), pictureOf(m)); r.Code != c.want {
			t.Errorf("%d to %d: %+v, want %v", c.by, c.to, r, c.want)
		}
	}
	other := w.uploaded(1, 8)
	w.shows(1, 20, club, pictureOf(other)) // from here on
	w.acts(1, 21, msgdef.GroupChange{Act: msgdef.GroupAdd, UIDs: []uint64{4}})
	if r := w.shows(4, 200, msgdef.Pair(4, 4), pictureOf(other)); r.Code != unknown {
		t.Errorf("from before they joined: %+v", r)
	}
	if r := w.shows(6, 201, club, pictureOf(m)); r.Code != msgdef.CodeForbidden {
		t.Errorf("to a group of others: %+v", r)
	}
}

// TestMediaIsWhatItIs refuses messages that say of media what is not so.
func TestMediaIsWhatItIs(t *testing.T) {
	w := newWorld(t, 2)
	m := w.uploaded(1, 7)
	pair := msgdef.Pair(1, 2)
	for i, c := range []struct {
		kind   msgdef.ContentKind
		change func(*msgdef.Media)
		want   msgdef.ErrorCode
	}{
		{msgdef.ContentImage, func(*msgdef.Media) {}, msgdef.CodeOK},
		{msgdef.ContentFile, func(*msgdef.Media) {}, msgdef.CodeOK},
		{msgdef.ContentImage, func(m *msgdef.Media) { m.Thumbnail = nil }, msgdef.CodeOK},
		{msgdef.ContentImage, func(m *msgdef.Media) { m.ID, m.Bytes = store.MediaID{}, 5 }, msgdef.CodeOK}, // kept elsewhere
		{msgdef.ContentVideo, func(*msgdef.Media) {}, msgdef.CodeMediaDiffers},
		{msgdef.ContentAudio, func(*msgdef.Media) {}, msgdef.CodeMediaDiffers},
		{msgdef.ContentImage, func(m *msgdef.Media) { m.Bytes++ }, msgdef.CodeMediaDiffers},
		{msgdef.ContentImage, func(m *msgdef.Media) { m.Type = "image/jpeg" }, msgdef.CodeMediaDiffers},
		{msgdef.ContentImage, func(m *msgdef.Media) { m.Width++ }, msgdef.CodeMediaDiffers},
		{msgdef.ContentImage, func(m *msgdef.Media) { m.Thumbnail = []byte("another picture") }, msgdef.CodeMediaDiffers},
		{msgdef.ContentImage, func(m *msgdef.Media) { m.ID = store.MediaID{99} }, msgdef.CodeUnknownMedia},
	} {
		said := pictureOf(m)
		c.change(said)
		if r := w.send(event(1, uint64(i)+1, pair, c.kind, said))[0]; r.Code != c.want {
			t.Errorf("%d: %v, want %v", i, r.Code, c.want)
		}
	}
	it := event(1, 50, pair, msgdef.ContentImage, pictureOf(m))
	it.Body = []byte("no media")
	if r := w.send(it)[0]; r.Code != msgdef.CodeBadArgument {
		t.Errorf("no media: %v", r.Code)
	}
}

// TestEditedMedia lets the words change, and not the picture.
func TestEditedMedia(t *testing.T) {
	w := newWorld(t, 2)
	m, other := w.uploaded(1, 7), w.uploaded(1, 8)
	pair := msgdef.Pair(1, 2)
	w.shows(1, 1, pair, pictureOf(m))
	words, lie := pictureOf(m), pictureOf(m)
	words.Caption, lie.Type = "a cat", "text/html"
	for i, c := range []struct {
		media *msgdef.Media
		want  msgdef.ErrorCode
	}{{words, msgdef.CodeOK}, {pictureOf(other), msgdef.CodeBadArgument}, {&msgdef.Media{Name: "elsewhere"}, msgdef.CodeBadArgument}, {lie, msgdef.CodeMediaDiffers}} {
		e := &msgdef.Edit{CSeq: 1, Kind: msgdef.ContentImage, Body: c.media.Append(nil)}
		if r := w.send(event(1, uint64(i)+2, pair, msgdef.ContentEdit, e))[0]; r.Code != c.want {
			t.Errorf("%d: %v, want %v", i, r.Code, c.want)
		}
	}
	w.clock.add(25 * time.Hour)
	if got := fmt.Sprint(w.swept()); got != "[8]" {
		t.Errorf("erased %s", got)
	}
}

// TestWhoSeesMedia tells who gets links.
func TestWhoSeesMedia(t *testing.T) {
	w := newCrowd(t, 6, 3, msgdef.GroupInfo{})
	m := w.uploaded(1, 7)
	const ok, no, unknown = msgdef.CodeOK, msgdef.CodeForbidden, msgdef.CodeUnknownMedia
	pair, none := msgdef.Pair(1, 5), msgdef.Conversation{}
	w.shows(1, 2, club, pictureOf(m)) // 2
	w.shows(1, 3, pair, pictureOf(m)) // 1
	w.says(1, 4, "text")              // 3
	w.acts(1, 5, msgdef.GroupChange{Act: msgdef.GroupRemove, UIDs: []uint64{3}})
	w.acts(1, 6, msgdef.GroupChange{Act: msgdef.GroupAdd, UIDs: []uint64{4}})
	for range 2 {
		for i, c := range []struct {
			uid  uint64
			conv msgdef.Conversation
			cseq uint64
			want msgdef.ErrorCode
		}{
			{1, none, 0, ok}, {2, none, 0, unknown}, {5, none, 0, unknown},
			{1, club, 2, ok}, {2, club, 2, ok}, {5, pair, 1, ok}, {1, pair, 1, ok},
			{3, club, 2, no}, {4, club, 2, unknown}, {5, club, 2, no}, {6, pair, 1, no}, {6, club, 2, no},
			{2, club, 3, unknown}, {2, club, 1, unknown}, {2, club, 0, unknown}, {2, club, 99, unknown}, {2, club, 1 << 63, unknown},
			{2, msgdef.GroupConv(8), 1, msgdef.CodeUnknownConversation}, {2, msgdef.Pair(2, 2), 1, unknown},
		} {
			if link := w.link(c.uid, m.ID, c.conv, c.cseq); link.Code != c.want {
				t.Errorf("%d: %d: %v, want %v", i, c.uid, link.Code, c.want)
			}
		}
		if link := w.link(2, store.MediaID{8}, club, 2); link.Code != unknown {
			t.Errorf("media that the message does not carry: %v", link.Code)
		}
		w.restart()
	}
	if r := w.send(event(1, 7, club, msgdef.ContentRecall, &msgdef.Recall{CSeq: 2}))[0]; r.Code != ok {
		t.Fatalf("recall: %+v", r)
	}
	if link := w.link(2, m.ID, club, 2); link.Code != unknown {
		t.Errorf("of a message that was taken back: %v", link.Code)
	}
	if link := w.link(5, m.ID, pair, 1); link.Code != ok {
		t.Errorf("of another message with the same: %v", link.Code)
	}
}

// TestLooseMedia follows media from their upload to when nobody carries them.
func TestLooseMedia(t *testing.T) {
	w := newWorld(t, 2)
	for n := range byte(4) {
		w.uploaded(1, n)
	}
	pair := msgdef.Pair(1, 2)
	sends := func(counter uint64, n byte) uint64 {
		t.Helper()
		info, known, err := w.server.Media(context.Background(), store.MediaID{n})
		if err != nil || !known {
			t.Fatalf("media %d: %t, %v", n, known, err)
		}
		r := w.shows(1, counter, pair, pictureOf(&info))
		if r.Code != msgdef.CodeOK {
			t.Fatalf("media %d: %+v", n, r)
		}
		return r.CSeq
	}
	takesBack := func(counter, cseq uint64) {
		t.Helper()
		if r := w.send(event(1, counter, pair, msgdef.ContentRecall, &msgdef.Recall{CSeq: cseq}))[0]; r.Code != msgdef.CodeOK {
			t.Fatalf("recall: %+v", r)
		}
	}
	erases := func(want string) {
		t.Helper()
		if got := fmt.Sprint(w.swept()); got != want {
			t.Errorf("erased %s, want %s", got, want)
		}
	}
	first, second := sends(1, 1), sends(2, 1)
	third := sends(3, 2)
	w.clock.add(23 * time.Hour)
	erases("[]")
	takesBack(4, first)
	takesBack(5, third)
	w.restart()
	w.clock.add(2 * time.Hour)
	erases("[0 3]") // never sent
	w.clock.add(23 * time.Hour)
	erases("[2]") // taken back a day ago
	takesBack(6, second)
	w.clock.add(23 * time.Hour)
	sends(7, 1) // once more, in time
	w.clock.add(2 * time.Hour)
	erases("[]")
	if r := w.shows(1, 8, pair, &msgdef.Media{ID: store.MediaID{3}, Type: "image/png", Bytes: 1000}); r.Code != msgdef.CodeUnknownMedia {
		t.Errorf("erased media were sent: %+v", r)
	}
}

// TestMediaOfALifetime ends with the message that carries them.
func TestMediaOfALifetime(t *testing.T) {
	w := newWorld(t, 2)
	m, pair := w.uploaded(1, 7), msgdef.Pair(1, 2)
	r := w.send(lasting(event(1, 1, pair, msgdef.ContentImage, pictureOf(m)), 60))[0]
	if link := w.link(2, m.ID, pair, r.CSeq); link.Code != msgdef.CodeOK {
		t.Fatalf("before its end: %+v, %+v", r, link)
	}
	w.clock.add(time.Minute)
	for range 2 {
		if link := w.link(2, m.ID, pair, r.CSeq); link.Code != msgdef.CodeUnknownMedia {
			t.Errorf("after its end: %v", link.Code)
		}
		if r := w.shows(2, 1, msgdef.Pair(2, 2), pictureOf(m)); r.Code != msgdef.CodeUnknownMedia {
			t.Errorf("sent by who may read them no more: %v", r.Code)
		}
		w.sweepAll()
	}
	w.clock.add(25 * time.Hour)
	if got := fmt.Sprint(w.swept()); got != "[7]" {
		t.Errorf("erased %s", got)
	}
}

// TestMediaBelowAFloor go with the messages that an installation keeps no longer.
func TestMediaBelowAFloor(t *testing.T) {
	w := newWorld(t, 2, keeping(0, 0, 10*24*time.Hour))
	old, young, pair := w.uploaded(1, 7), w.uploaded(1, 8), msgdef.Pair(1, 2)
	w.shows(1, 1, pair, pictureOf(old))
	w.clock.add(9 * 24 * time.Hour)
	w.shows(1, 2, pair, pictureOf(young))
	w.clock.add(2 * 24 * time.Hour)
	w.must(w.server.retention.sweep(context.Background()))
	if got := w.swept(); len(got) > 0 {
		t.Errorf("erased %v at once", got)
	}
	w.clock.add(25 * time.Hour)
	if got := fmt.Sprint(w.swept()); got != "[7]" {
		t.Errorf("erased %s", got)
	}
	if link := w.link(2, young.ID, pair, 2); link.Code != msgdef.CodeOK {
		t.Errorf("of a message that is kept: %v", link.Code)
	}
}

// TestEraseFails tries again what could not be erased.
func TestEraseFails(t *testing.T) {
	w := newWorld(t, 1)
	for n := range byte(3) {
		w.uploaded(1, n)
	}
	w.clock.add(25 * time.Hour)
	broken := errors.New("broken")
	_, err := w.server.SweepMedia(context.Background(), func(id store.MediaID) error {
		if id[0] == 1 {
			return broken
		}
		return nil
	})
	if !errors.Is(err, broken) {
		t.Error(err)
	}
	w.restart()
	if got := fmt.Sprint(w.swept()); got != "[0 1 2]" {
		t.Errorf("erased %s", got)
	}
	if got := w.swept(); len(got) > 0 {
		t.Errorf("erased %v again", got)
	}
}

// TestSentWhileSwept sends media while they are looked through for loose ones: what
// a message carries is there.
func TestSentWhileSwept(t *testing.T) {
	w := newWorld(t, 2)
	const most = 60
	for n := range byte(most) {
		w.uploaded(1, n+1)
	}
	w.clock.add(25 * time.Hour)
	var all sync.WaitGroup
	var erased []int
	all.Go(func() { erased = w.swept() })
	results := [most]rpc.SendResult{}
	for n := range byte(most) {
		info := msgdef.MediaInfo{ID: store.MediaID{most - n}, Type: "image/png", Bytes: 1000, Width: 30, Height: 20}
		results[most-1-n] = w.send(event(1, uint64(n)+1, msgdef.Pair(1, 2), msgdef.ContentImage, pictureOf(&info)))[0]
	}
	all.Wait()
	gone := map[int]bool{}
	for _, n := range append(erased, w.swept()...) {
		gone[n] = true
	}
	for n, r := range results {
		if carried := r.Code == msgdef.CodeOK; carried == gone[n+1] || !carried && r.Code != msgdef.CodeUnknownMedia {
			t.Errorf("%d: %+v, and gone: %t", n, r, gone[n+1])
		}
	}
}

// TestNoMedia is a service that keeps none.
func TestNoMedia(t *testing.T) {
	w := newWorld(t, 1, func(o *Options) { o.Media = nil })
	_, errToken := w.server.MediaToken(context.Background(), &rpc.MediaTokenQuery{UID: 1})
	_, errLinks := w.server.MediaLinks(context.Background(), &rpc.MediaLinksQuery{UID: 1})
	for _, err := range []error{errToken, errLinks} {
		var e *rpc.Error
		if !errors.As(err, &e) || e.Code != msgdef.CodeNoMedia {
			t.Error(err)
		}
	}
}
