package storetest

import (
	"testing"

	"github.com/sim-im/sim/imservice/store"
)

// testFull fills the disk and makes room again. Nothing is lost, nothing has
// to be opened again.
func testFull(t *testing.T, place func(t *testing.T) Opener) {
	at, can := place(t).(Filler)
	if !can {
		t.Skip("the engine has no place whose disk can be filled")
	}
	s := open(t, at)
	b := newBook(10)
	for range 3 {
		full := len(b.commits)
		commit(t, s, b.next())
		p, err := s.Apply(b.next()) // under way when the disk fills up
		ok(t, err)
		at.Fill(true)
		wantErr(t, s.Health(), store.ErrFull)
		refusesWrites(t, s, store.ErrFull)
		ok(t, p.Wait())
		b.check(t, s, full+2)
		at.Fill(false)
		ok(t, s.Health())
		commit(t, s, b.next())
		a, err := s.CreateAccount(string(rune('a'+full)), "", moment())
		equal(t, "uid, as if nothing had been", value(t, a, err).UID, uint64(full/3+1))
	}
	ok(t, s.Close())
	at.Fill(true)
	s = open(t, at) // reading is possible
	wantErr(t, s.Health(), store.ErrFull)
	b.check(t, s, len(b.commits))
}
