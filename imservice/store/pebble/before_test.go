package pebble_test

import (
	"testing"

	engine "github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/imservice/store/pebble"
	"github.com/sim-im/sim/msgdef"
)

// before returns the rows of a store as the first version of the format wrote
// them, which had no outbox, push tokens and terms.
func before() map[string]string {
	conv := msgdef.Pair(1, 2)
	return map[string]string{
		"\x00format":                        "\x00\x01",
		"\x00epoch":                         "\x00\x00\x00\x00\x00\x00\x00\x07",
		"u\x00\x00\x00\x00\x00\x00\x00\x01": "\x00\x00\x00\x00\x00\x00\x00\x05\x00\x05alicehash",
		"nalice":                            "\x00\x00\x00\x00\x00\x00\x00\x01",
		"m" + string(conv[:]) + "\x00\x00\x00\x00\x00\x00\x00\x01":          "hello",
		"i\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x01": string(conv[:]) + "\x00\x00\x00\x00\x00\x00\x00\x01",
	}
}

// TestOpensStoresMadeBefore reads and goes on with a store that knows nothing
// of what was added since.
func TestOpensStoresMadeBefore(t *testing.T) {
	mem := vfs.NewMem()
	db, err := engine.Open("data/store", &engine.Options{
		FS: mem, Logger: quiet{}, FormatMajorVersion: engine.FormatValueSeparation,
	})
	must(t, err)
	for key, value := range before() {
		must(t, db.Set([]byte(key), []byte(value), engine.Sync))
	}
	must(t, db.Close())

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
}
