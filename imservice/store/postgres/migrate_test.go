package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/imservice/store/postgres"
	"github.com/sim-im/sim/imservice/store/postgres/postgrestest"
	"github.com/sim-im/sim/msgdef"
)

// TestMigrations goes from every version to the newest, each with what that
// version could hold.
func TestMigrations(t *testing.T) {
	for from := range postgres.Latest() {
		t.Run(fmt.Sprint("from ", from), func(t *testing.T) {
			url := postgrestest.Database(t)
			if from > 0 {
				m, err := postgres.Migrate(t.Context(), url, from)
				if err != nil || m.Version != from {
					t.Fatalf("to %d: %+v, %v", from, m, err)
				}
				fillFirst(t, url)
			}
			if from >= 3 {
				fillGroups(t, url)
			}
			if from >= 7 {
				fillKept(t, url)
			}
			_, err := postgres.Open(postgres.Options{URL: url})
			if !errors.Is(err, store.ErrFormat) {
				t.Fatalf("opened at version %d: %v", from, err)
			}
			if m, err := postgres.Migrate(t.Context(), url, 0); err != nil || m.Version != postgres.Latest() {
				t.Fatalf("to the newest: %+v, %v", m, err)
			}
			s := open(t, url)
			if from > 0 {
				checkFirst(t, s)
			}
			if from >= 3 {
				checkGroups(t, s)
			}
			if from >= 7 {
				checkKept(t, s)
			}
			if _, err := s.CreateAccount("new", "", time.Now()); err != nil {
				t.Error(err)
			}
		})
	}
}

// fillFirst writes what the first version had, as it wrote it. Later versions are
// filled by what they could still read of it.
func fillFirst(t *testing.T, url string) {
	for _, statement := range []string{
		`INSERT INTO identity VALUES (0, s64(77), 1, 3)`,
		`INSERT INTO accounts VALUES (s64(1), 'alice', 'hash', 5)`,
		`INSERT INTO inboxes VALUES (s64(1), s64(1))`,
		`INSERT INTO conversations VALUES ('00000000-0000-0001-0000-000000000001', s64(1), 9)`,
		`INSERT INTO messages VALUES ('00000000-0000-0001-0000-000000000001', s64(1), 'hello')`,
		`INSERT INTO inbox VALUES (s64(1), s64(1), '00000000-0000-0001-0000-000000000001', s64(1))`,
		`INSERT INTO sent VALUES (s64(1), s64(2), s64(3), '00000000-0000-0001-0000-000000000001', s64(1), s64(1))`,
		`INSERT INTO reads VALUES (s64(1), '00000000-0000-0001-0000-000000000001', s64(1))`,
		`INSERT INTO devices VALUES (s64(1), s64(2), s64(1), 6)`,
		`INSERT INTO families (id, uid, device, used, expires, tokens)
			VALUES (decode(repeat('00', 32), 'hex'), s64(1), s64(2), 0, 7, decode(repeat('00', 40) || '0000000000000007', 'hex'))`,
		`INSERT INTO standings VALUES (s64(1), s64(4), true, false, 0, 'spam')`,
		`INSERT INTO evictions (uid, device, generation, code, detail, at) VALUES (s64(1), s64(0), s64(4), 3, 'd', 8)`,
		`INSERT INTO outbox (id, uid, device, useq, at) VALUES (s64(11), s64(1), s64(2), s64(1), 9)`,
		`INSERT INTO push_tokens VALUES (s64(1), s64(2), 1, 'token', 9)`,
		`INSERT INTO terms (region, term) VALUES ('east', s64(6))`,
	} {
		postgrestest.Run(t, url, statement)
	}
}

// checkFirst reads what fillFirst wrote.
func checkFirst(t *testing.T, s *postgres.Store) {
	t.Helper()
	conv := msgdef.Pair(1, 1)
	entries, errInbox := s.Inbox(nil, 1, 0, 1, 9, 99)
	row, errSent := s.Sent(1, 2, 3)
	account, errAccount := s.AccountByName("alice")
	device, errDevice := s.Cursor(1, 2)
	family, errFamily := s.FamilyByID([32]byte{})
	standing, errStanding := s.Standing(1)
	evictions, errEvictions := s.Evictions(9)
	outbox, errOutbox := s.OutboxRow(11)
	token, errToken := s.PushToken(1, 2)
	mark, errMark := s.ReadMark(1, conv)
	term, errTerm := s.Term("east")
	if err := errors.Join(errInbox, errSent, errAccount, errDevice, errFamily, errStanding, errEvictions, errOutbox, errToken, errMark, errTerm); err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintln(s.Epoch(), len(entries), string(entries[0].Bytes), row.CSeq, account.UID, account.Password, device.Seen,
		family.Device, family.Tokens[0].Expires.UnixMilli(), standing.Reason, evictions[0].At, outbox.USeq, string(token.Token), mark, term)
	if want := "77 1 hello 1 1 hash 6 2 7 spam 8 1 token 1 6\n"; got != want {
		t.Errorf("found %s, want %s", got, want)
	}
}

// oldGroup is a group as it was written before groups could be big.
var oldGroup = msgdef.Group{Conv: msgdef.GroupConv(3), Owner: 1, Members: 2, Founded: 5, Info: msgdef.GroupInfo{Name: "Old", Listed: true}}

// fillGroups writes what the third version had beside.
func fillGroups(t *testing.T, url string) {
	for _, statement := range []string{
		fmt.Sprintf(`INSERT INTO groups (conv, listed, bytes) VALUES ('00000000-0000-0000-0000-000000000003', 'old', '\x%x')`, oldGroup.Append(nil)),
		`INSERT INTO members VALUES ('00000000-0000-0000-0000-000000000003', s64(1), 5, s64(1), 0), ('00000000-0000-0000-0000-000000000003', s64(2), 3, s64(1), 0)`,
	} {
		postgrestest.Run(t, url, statement)
	}
}

// checkGroups reads what fillGroups wrote, and locks it.
func checkGroups(t *testing.T, s *postgres.Store) {
	t.Helper()
	g := &store.Ground{Users: []uint64{1}, Conversations: []msgdef.Conversation{oldGroup.Conv}}
	if err := s.Lock(g); err != nil {
		t.Fatal(err)
	}
	s.Unlock()
	if ground := g.Groups[oldGroup.Conv]; ground.Group != oldGroup || len(ground.People) != 2 {
		t.Errorf("found %+v", ground)
	}
	row, err := s.OutboxRow(11)
	if err != nil || row.Conv != (msgdef.Conversation{}) || row.CSeq != 0 || row.USeq != 1 {
		t.Errorf("the row of the outbox: %+v, %v", row, err)
	}
}

// fillKept writes what the seventh version had beside, and what the fourteenth could say
// in it: for how long messages of a pair are kept, by both, of whom one has said so later.
func fillKept(t *testing.T, url string) {
	for uid, state := range []msgdef.TalkState{{Keep: 7, Kept: 2}, {Keep: 30, Kept: 3, Muted: 5}} {
		postgrestest.Run(t, url, fmt.Sprintf(`INSERT INTO settings VALUES (s64(%d), '00000000-0000-0001-0000-000000000002', '\x%x'),
			(s64(%d), '00000000-0000-0001-0000-000000000001', '\x%x')`, uid+1, state.Append(nil), uid+1, (&msgdef.TalkState{Muted: 9}).Append(nil)))
	}
	postgrestest.Run(t, url, `INSERT INTO conversations VALUES ('00000000-0000-0001-0000-000000000002', s64(3), 9)`)
}

// checkKept has who locks such a pair find it, again after it was not committed, and
// what is said then.
func checkKept(t *testing.T, s *postgres.Store) {
	t.Helper()
	pair, note := msgdef.Pair(1, 2), msgdef.Pair(1, 1)
	locked := func() store.Ground {
		g := store.Ground{Users: []uint64{1}, Conversations: []msgdef.Conversation{note, pair}}
		if err := s.Lock(&g); err != nil {
			t.Fatal(err)
		}
		return g
	}
	apply := func(c *store.Commit) {
		pending, err := s.Apply(c)
		if err == nil {
			err = pending.Wait()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if g := locked(); g.Newest[pair].Keep != 30 || g.Newest[pair].CSeq != 3 || g.Newest[note].Keep != 0 {
			t.Errorf("found %+v and %+v", g.Newest[pair], g.Newest[note])
		}
		s.Unlock()
	}
	said := store.SettingRow{TalkName: store.TalkName{UID: 1, Conv: pair}, TalkState: msgdef.TalkState{Keep: 9, Kept: 4}}
	locked()
	apply(&store.Commit{Settings: []store.SettingRow{said}}) // what was found stays
	if g := locked(); g.Newest[pair].Keep != 30 {
		t.Errorf("then %+v", g.Newest[pair])
	}
	said.Agrees = true
	apply(&store.Commit{Settings: []store.SettingRow{said}})
	if g := locked(); g.Newest[pair].Keep != 9 {
		t.Errorf("then said %+v", g.Newest[pair])
	}
	s.Unlock()
}

// open opens a database for the rest of the test.
func open(t testing.TB, url string) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(postgres.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestMigrationsAtOnce has several migrate one database.
func TestMigrationsAtOnce(t *testing.T) {
	url := postgrestest.Database(t)
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			if m, err := postgres.Migrate(context.Background(), url, 0); err != nil || m.Version != postgres.Latest() {
				t.Errorf("%+v, %v", m, err)
			}
		})
	}
	all.Wait()
	open(t, url)
}

// TestScriptsRunAgain runs every migration twice, as one that was cut short where
// changes of the schema are not rolled back.
func TestScriptsRunAgain(t *testing.T) {
	url := postgrestest.Database(t)
	names, err := filepath.Glob("migrations/*.sql")
	if err != nil || len(names) != postgres.Latest() {
		t.Fatalf("%d files of %d versions, %v", len(names), postgres.Latest(), err)
	}
	slices.Sort(names)
	for i, name := range names {
		if base := filepath.Base(name); base[:5] != fmt.Sprintf("%04d_", i+1) {
			t.Errorf("%s is number %d", base, i+1)
		}
		script, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		postgrestest.Run(t, url, string(script))
		postgrestest.Run(t, url, string(script))
	}
}

// TestNewerDatabase is refused by everything.
func TestNewerDatabase(t *testing.T) {
	url := newDatabase(t)
	postgrestest.Run(t, url, `UPDATE schema_version SET version = version + 1`)
	_, err := postgres.Open(postgres.Options{URL: url})
	_, errMigrate := postgres.Migrate(t.Context(), url, 0)
	if !errors.Is(err, store.ErrFormat) || !errors.Is(errMigrate, store.ErrFormat) {
		t.Errorf("open: %v, migrate: %v", err, errMigrate)
	}
	if m, err := postgres.Status(t.Context(), url); err != nil || m.Version != postgres.Latest()+1 {
		t.Errorf("status: %+v, %v", m, err)
	}
}
