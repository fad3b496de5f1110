package storetest

import (
	"errors"
	"math"
	"sync"
	"testing"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

func testMedia(t *testing.T, place func(t *testing.T) Opener) {
	cases{
		"rows":               testMediaRows,
		"carried":            testCarried,
		"loose":              testLooseMedia,
		"drop":               testDropMedia,
		"carried or dropped": testCarriedOrDropped,
	}.run(t, place)
	t.Run("reopen", func(t *testing.T) { testMediaLast(t, place(t)) })
}

// mediaID is an id whose first byte says which one.
func mediaID(n byte) store.MediaID { return store.MediaID{n, 15: 0xff} }

func mediaInfo(n byte, created int64) *msgdef.MediaInfo {
	return &msgdef.MediaInfo{
		ID: mediaID(n), Owner: uint64(n) + 1, Bytes: math.MaxUint64, Type: "image/png", Hash: [32]byte{n}, Width: 3, Height: 4,
		Larger: 5, Thumbnail: []byte{n, 0, 0xff}, Created: created,
	}
}

// carries is a row of a message that carries media, or does no more since a
// moment.
func carries(n byte, cseq uint64, gone int64) store.CarriedRow {
	return store.CarriedRow{ID: mediaID(n), Conv: msgdef.Pair(1, 2), CSeq: cseq, Gone: gone != 0, At: gone}
}

// addMedia keeps media.
func addMedia(t *testing.T, s store.Store, list ...*msgdef.MediaInfo) {
	t.Helper()
	for _, m := range list {
		ok(t, s.AddMedia(m))
	}
}

// looseUntil returns which media may be loose since a moment, and since when.
func looseUntil(t *testing.T, s store.Store, since int64) map[byte]int64 {
	t.Helper()
	list, err := s.LooseMedia(nil, since, 100)
	all := make(map[byte]int64)
	for _, l := range value(t, list, err) {
		equal(t, "id", l.ID, mediaID(l.ID[0]))
		all[l.ID[0]] = l.Since
	}
	equal(t, "each once", len(all), len(list))
	return all
}

func testMediaRows(t *testing.T, s store.Store) {
	_, err := s.Media(mediaID(1))
	wantErr(t, err, store.ErrNotFound)
	addMedia(t, s, mediaInfo(1, 5), mediaInfo(255, 6))
	wantErr(t, s.AddMedia(mediaInfo(1, 9)), store.ErrExists)
	for range 2 {
		got, err := s.Media(mediaID(1))
		equal(t, "media", value(t, got, err), *mediaInfo(1, 5))
		got.Thumbnail[0] = 77 // the caller's
	}
	got, err := s.Media(mediaID(255))
	equal(t, "media", value(t, got, err), *mediaInfo(255, 6))
}

func testCarried(t *testing.T, s store.Store) {
	addMedia(t, s, mediaInfo(1, 5), mediaInfo(2, 5))
	other := carries(1, math.MaxUint64, 0)
	other.Conv = msgdef.GroupConv(9)
	commit(t, s, &store.Commit{Carried: []store.CarriedRow{carries(1, 256, 0), carries(1, 7, 0), carries(1, 7, 0), other, carries(2, 8, 0), carries(1, 9, 0), carries(1, 9, 1)}})
	want := []store.CarriedRow{other, carries(1, 7, 0), carries(1, 256, 0)}
	all, err := s.Carried(nil, mediaID(1), 10)
	equal(t, "carried", value(t, all, err), want)
	all, err = s.Carried(want[:1:1], mediaID(1), 1)
	equal(t, "appended", value(t, all, err), []store.CarriedRow{other, other})
	none, err := s.Carried(nil, mediaID(1), 0)
	equal(t, "none wanted", len(value(t, none, err)), 0)
	none, err = s.Carried(nil, mediaID(3), 5)
	equal(t, "of nothing", len(value(t, none, err)), 0)
	commit(t, s, &store.Commit{Carried: []store.CarriedRow{carries(1, 7, 50), carries(1, 99, 60), carries(1, 256, 70), carries(1, 256, 0)}})
	all, err = s.Carried(nil, mediaID(1), 10)
	equal(t, "carried", value(t, all, err), []store.CarriedRow{other, carries(1, 256, 0)})
}

func testLooseMedia(t *testing.T, s store.Store) {
	addMedia(t, s, mediaInfo(3, 100), mediaInfo(1, 100), mediaInfo(2, 100), mediaInfo(4, 300))
	commit(t, s, &store.Commit{Carried: []store.CarriedRow{carries(3, 1, 0), carries(3, 2, 0)}})
	commit(t, s, &store.Commit{Carried: []store.CarriedRow{carries(3, 1, 200), carries(3, 2, 199)}})
	equal(t, "none as long", looseUntil(t, s, 99), map[byte]int64{})
	equal(t, "loose", looseUntil(t, s, 100), map[byte]int64{1: 100, 2: 100})
	all := looseUntil(t, s, math.MaxInt64)
	equal(t, "all", len(all), 4)
	equal(t, "created later", all[4], 300)
	equal(t, "loose again", all[3] >= 199, true)
	equal(t, "not since then", drop(t, s, 3, 100), false)
	some, err := s.LooseMedia([]store.LooseMedia{{Since: 7}}, 400, 1)
	equal(t, "appended", len(value(t, some, err)), 2)
	none, err := s.LooseMedia(nil, 400, 0)
	equal(t, "none wanted", len(value(t, none, err)), 0)
}

// drop drops what is loose and says whether it was.
func drop(t *testing.T, s store.Store, n byte, since int64) bool {
	t.Helper()
	dropped, err := s.DropMedia(store.LooseMedia{Since: since, ID: mediaID(n)})
	return value(t, dropped, err)
}

func testDropMedia(t *testing.T, s store.Store) {
	addMedia(t, s, mediaInfo(1, 100), mediaInfo(2, 100), mediaInfo(3, 100))
	commit(t, s, &store.Commit{Carried: []store.CarriedRow{carries(1, 1, 0), carries(2, 2, 0), carries(2, 3, 0)}})
	commit(t, s, &store.Commit{Carried: []store.CarriedRow{carries(2, 2, 200), carries(1, 1, 200)}})
	equal(t, "carried once more", drop(t, s, 2, 200), false)
	equal(t, "carried no more", drop(t, s, 1, 200), true)
	equal(t, "dropped twice", drop(t, s, 1, 200), false)
	equal(t, "not since then", drop(t, s, 3, 99), false)
	equal(t, "never carried", drop(t, s, 3, 100), true)
	equal(t, "unknown", drop(t, s, 9, 100), false)
	equal(t, "left", looseUntil(t, s, 1000), map[byte]int64{})
	_, err := s.Media(mediaID(1))
	wantErr(t, err, store.ErrNotFound)
	got, err := s.Media(mediaID(2))
	equal(t, "carried", value(t, got, err).Owner, 3)

	gone, err := s.DroppedMedia(nil, 9)
	equal(t, "dropped", value(t, gone, err), []store.MediaID{mediaID(1), mediaID(3)})
	gone, err = s.DroppedMedia(nil, 1)
	equal(t, "one of them", value(t, gone, err), []store.MediaID{mediaID(1)})
	ok(t, s.ForgetMedia([]store.MediaID{mediaID(1), mediaID(77)}))
	gone, err = s.DroppedMedia(nil, 9)
	equal(t, "left to delete", value(t, gone, err), []store.MediaID{mediaID(3)})
}

// testCarriedOrDropped has messages carry media while they are dropped: what is
// carried is there, always.
func testCarriedOrDropped(t *testing.T, s store.Store) {
	if _, shared := s.(store.Shared); !shared {
		t.Skip("the caller keeps one from the other")
	}
	wantErrApply(t, s, &store.Commit{Carried: []store.CarriedRow{carries(99, 1, 0)}}, store.ErrMoved)
	for n := range byte(20) {
		addMedia(t, s, mediaInfo(n, 100))
		var both sync.WaitGroup
		var dropped bool
		var errDrop error
		both.Go(func() { dropped, errDrop = s.DropMedia(store.LooseMedia{Since: 100, ID: mediaID(n)}) })
		p, err := s.Apply(&store.Commit{Carried: []store.CarriedRow{carries(n, 1, 0)}})
		both.Wait()
		ok(t, errDrop)
		if err != nil && !errors.Is(err, store.ErrMoved) {
			t.Fatalf("apply: %v", err)
		}
		carried := err == nil
		if carried {
			ok(t, p.Wait())
		}
		if dropped == carried {
			t.Fatalf("%d: dropped %t, carried %t", n, dropped, carried)
		}
		_, err = s.Media(mediaID(n))
		equal(t, "is there", err == nil, carried)
	}
}

// wantErrApply has a commit be refused.
func wantErrApply(t *testing.T, s store.Store, c *store.Commit, want error) {
	t.Helper()
	_, err := s.Apply(c)
	wantErr(t, err, want)
}

func testMediaLast(t *testing.T, at Opener) {
	s := open(t, at)
	addMedia(t, s, mediaInfo(1, 100), mediaInfo(2, 100))
	commit(t, s, &store.Commit{Carried: []store.CarriedRow{carries(1, 1, 0)}})
	equal(t, "dropped", drop(t, s, 2, 100), true)
	ok(t, s.Close())
	s = open(t, at)
	equal(t, "carried", drop(t, s, 1, 100), false)
	gone, err := s.DroppedMedia(nil, 9)
	equal(t, "dropped", value(t, gone, err), []store.MediaID{mediaID(2)})
}
