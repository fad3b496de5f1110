package pebble_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	engine "github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/imservice/store/pebble"
	"github.com/sim-im/sim/msgdef"
)

// oldHash is that of a token of alice's.
var oldHash = strings.Repeat("\xaa", 32)

// before returns the rows of a store as the first version of the format wrote
// them, which had no outbox, push tokens, terms, families and verdicts.
func before() map[string]string {
	conv := msgdef.Pair(1, 2)
	return map[string]string{
		"\x00format":                        "\x00\x01",
		"\x00epoch":                         "\x00\x00\x00\x00\x00\x00\x00\x07",
		"u\x00\x00\x00\x00\x00\x00\x00\x01": "\x00\x00\x00\x00\x00\x00\x00\x05\x00\x05alicehash",
		"t" + oldHash:                       "\x00\x00\x00\x00\x00\x00\x00\x01" + "\x00\x00\x01\x8b\xcf\xe5\x68\x00",
		"k\x00\x00\x00\x00\x00\x00\x00\x01" + oldHash: "\x00\x00\x01\x8b\xcf\xe5\x68\x00",
		"nalice": "\x00\x00\x00\x00\x00\x00\x00\x01",
		"m" + string(conv[:]) + "\x00\x00\x00\x00\x00\x00\x00\x01":          "hello",
		"i\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x01": string(conv[:]) + "\x00\x00\x00\x00\x00\x00\x00\x01",
	}
}

// placeBefore returns a disk with a store that the first version wrote.
func placeBefore(t *testing.T) *vfs.MemFS {
	t.Helper()
	mem := vfs.NewMem()
	db, err := engine.Open("data/store", &engine.Options{
		FS: mem, Logger: quiet{}, FormatMajorVersion: engine.FormatValueSeparation,
	})
	must(t, err)
	for key, value := range before() {
		must(t, db.Set([]byte(key), []byte(value), engine.Sync))
	}
	must(t, db.Close())
	return mem
}

// openBefore opens such a store with the version of now.
func openBefore(t *testing.T) *pebble.Store {
	t.Helper()
	s, err := pebble.Open(pebble.Options{Dir: "data/store", FS: placeBefore(t)})
	must(t, err)
	return s
}

// TestOpensStoresMadeBefore reads and goes on with a store that knows nothing
// of what was added since.
func TestOpensStoresMadeBefore(t *testing.T) {
	mem := placeBefore(t)
	for range 2 { // the second time with rows of now
		s, err := pebble.Open(pebble.Options{Dir: "data/store", FS: mem})
		must(t, err)
		a, err := s.AccountByName("alice")
		must(t, err)
		if a != (store.Account{UID: 1, Name: "alice", Password: "hash", Created: 5}) || s.Epoch() != 7 {
			t.Errorf("account %+v in epoch %d", a, s.Epoch())
		}
		rows, err := s.Inbox(nil, 2, 0, 1, 9, 99)
		must(t, err)
		if len(rows) != 1 || string(rows[0].Bytes) != "hello" {
			t.Errorf("inbox %v", rows)
		}
		for uid := range uint64(2) {
			talks, err := s.Talks(nil, uid+1, msgdef.Conversation{}, 9)
			must(t, err)
			if len(talks) != 1 || talks[0] != msgdef.Pair(1, 2) {
				t.Errorf("conversations of %d: %v", uid+1, talks)
			}
		}
		if d, err := s.Standing(1); err != nil || d != (store.Standing{}) {
			t.Errorf("standing %+v, %v", d, err)
		}
		goOn(t, s)
		must(t, s.Close())
	}
}

// goOn uses every table that was added.
func goOn(t *testing.T, s *pebble.Store) {
	t.Helper()
	head, err := s.OutboxHead()
	must(t, err)
	p, err := s.Apply(&store.Commit{Outbox: []store.OutboxRow{{ID: head + 1, UID: 2, Device: 3, USeq: 1}}})
	must(t, err)
	must(t, p.Wait())
	_, err = s.PutPushToken(store.PushToken{UID: 2, Device: 3, Provider: 1, Token: []byte("t")}, 9)
	must(t, err)
	term, err := s.Term("east")
	must(t, err)
	must(t, s.PutTerm("east", term+1))
	if head != term {
		t.Errorf("%d rows and term %d", head, term)
	}
	exchangeOld(t, s, head)
}

// exchangeOld gives alice's device a token for the one she has from before, in
// three rounds: it is used, exchanged, and the exchange is used.
func exchangeOld(t *testing.T, s *pebble.Store, round uint64) {
	t.Helper()
	f, err := s.FamilyByID([32]byte([]byte(oldHash)))
	must(t, err)
	want := store.Family{ID: [32]byte([]byte(oldHash)), UID: 1, Since: store.AnyGeneration, Tokens: []store.Token{
		{Hash: [32]byte([]byte(oldHash)), Expires: time.UnixMilli(1_700_000_000_000).UTC()},
	}}
	if round > 0 {
		want.Device = 9
		want.Tokens = append(want.Tokens, store.Token{Hash: [32]byte{7}, Issued: want.Tokens[0].Expires, Expires: want.Tokens[0].Expires})
	}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Errorf("round %d (-want +got):\n%s", round, diff)
	}
	f.Device = 9
	f.Tokens = append(f.Tokens[:1], store.Token{Hash: [32]byte{7}, Issued: f.Tokens[0].Expires, Expires: f.Tokens[0].Expires})
	must(t, s.PutFamily(f, 9, time.UnixMilli(5)))
}

// TestVerdictOnOldTokens revokes all of a user, of whom there is a token from
// before there were families.
func TestVerdictOnOldTokens(t *testing.T) {
	s := openBefore(t)
	must(t, s.PutVerdict(store.Verdict{UID: 1, Families: true, Device: 5}))
	_, err := s.FamilyByID([32]byte([]byte(oldHash)))
	must(t, err) // it is no device's
	must(t, s.PutVerdict(store.Verdict{UID: 1, Families: true}))
	if _, err := s.FamilyByID([32]byte([]byte(oldHash))); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a token after all were revoked: %v", err)
	}
	must(t, s.Close())
}

// TestOldTokensCount counts tokens from before there were families against the
// limit on them.
func TestOldTokensCount(t *testing.T) {
	s := openBefore(t)
	late := time.UnixMilli(1_800_000_000_000)
	must(t, s.PutFamily(store.Family{ID: [32]byte{1}, UID: 1, Device: 3, Tokens: []store.Token{{Expires: late}}}, 1, time.UnixMilli(5)))
	if _, err := s.FamilyByID([32]byte([]byte(oldHash))); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a token beyond the limit: %v", err)
	}
	must(t, s.Close())
}

// TestFamiliesBeforeSince reads families as they were written before they had a
// generation, and drops them.
func TestFamiliesBeforeSince(t *testing.T) {
	mem := placeBefore(t)
	db, err := engine.Open("data/store", &engine.Options{FS: mem, Logger: quiet{}, FormatMajorVersion: engine.FormatValueSeparation})
	must(t, err)
	id, at, nine := strings.Repeat("\xbb", 32), "\x00\x00\x01\x8b\xcf\xe5\x68\x00", "\x00\x00\x00\x00\x00\x00\x00\x09"
	must(t, db.Set([]byte("f"+id), []byte("\x00\x00\x00\x00\x00\x00\x00\x01"+nine+at+strings.Repeat(oldHash+at+at, 2)), engine.Sync))
	must(t, db.Set([]byte("j\x00\x00\x00\x00\x00\x00\x00\x01"+nine), []byte(id+at), engine.Sync))
	must(t, db.Close())
	s, err := pebble.Open(pebble.Options{Dir: "data/store", FS: mem})
	must(t, err)
	f, err := s.FamilyByID([32]byte([]byte(id)))
	must(t, err)
	since, expires, err := s.FamilyOf(1, 9)
	must(t, err)
	if f.Since != store.AnyGeneration || since != f.Since || len(f.Tokens) != 2 || !expires.Equal(f.Tokens[1].Expires) || f.Device != 9 {
		t.Errorf("%+v, of %d until %v", f, since, expires)
	}
	must(t, s.PutVerdict(store.Verdict{UID: 1, Families: true}))
	if _, _, err := s.FamilyOf(1, 9); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("dropped: %v", err)
	}
	must(t, s.Close())
}
