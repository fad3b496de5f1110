package storetest

import (
	"errors"
	"math/rand/v2"
	"syscall"
	"testing"

	"github.com/sim-im/sim/imservice/store"
)

// testBroken breaks the disk under a working store.
func testBroken(t *testing.T, place func(t *testing.T) Opener) {
	if _, can := place(t).(Breaker); !can {
		t.Skip("the engine has no place whose disk can be broken")
	}
	for _, fault := range []struct {
		err  syscall.Errno
		want error // that Health returns
	}{
		{syscall.ENOSPC, store.ErrFull},
		{syscall.EROFS, store.ErrReadOnly},
		{syscall.EIO, syscall.EIO},
	} {
		t.Run(fault.err.Error(), func(t *testing.T) {
			randomly(t, 20, func(t *testing.T, rng *rand.Rand) {
				testBrokenUnderLoad(t, place(t).(Breaker), fault.err, fault.want, rng)
			})
			t.Run("in step", func(t *testing.T) { testBrokenInStep(t, place(t).(Breaker), fault.err, fault.want) })
			t.Run("while opening", func(t *testing.T) { testBrokenOpening(t, place(t).(Breaker), fault.err, fault.want) })
		})
	}
}

// testBrokenUnderLoad breaks the disk at a random write, which may be one of
// the log, of a table, of the list of tables.
func testBrokenUnderLoad(t *testing.T, at Breaker, fault syscall.Errno, want error, rng *rand.Rand) {
	s := open(t, at)
	b := newBook(rng.Uint64())
	load := startLoad(s, b, "user")
	at.Break(fault, rng.IntN(300))
	load.waitFor(1 << 30) // until something fails
	load.stop(t, want)
	wantErr(t, s.Health(), want)
	refusesWrites(t, s, want)
	checkReads(t, s)
	promised := load.soFar()
	after := at.PowerCut(rng.Uint64())
	s.Close() // says why; has to return
	at.Heal()
	for _, at := range []Opener{after, at} {
		s := open(t, at)
		n := promised.check(t, s, b)
		commit(t, s, &store.Commit{})
		b.check(t, s, n)
		ok(t, s.Close())
	}
}

// refusesWrites calls everything that writes.
func refusesWrites(t *testing.T, s store.Store, want error) {
	t.Helper()
	_, err := s.Apply(&store.Commit{Reads: []store.ReadRow{{UID: 1 << 40, CSeq: 1}}})
	wantErr(t, err, want)
	wantErr(t, s.SaveDevices([]store.DeviceRow{{UID: 1 << 40}}), want)
	wantErr(t, s.DropDevice(1<<40, 1), want)
	wantErr(t, s.PutFamily(family(1<<40, 1), 1, moment()), want)
	wantErr(t, s.PutVerdict(store.Verdict{UID: 1 << 40}), want)
	wantErr(t, s.DropEvictions([]store.Eviction{{UID: 1 << 40}}), want)
	wantErr(t, s.PutPassword(1, "new"), want)
	_, err = s.CreateAccount("somebody new", "", moment())
	wantErr(t, err, want)
	wantErr(t, s.RemoveOutbox([]uint64{1 << 60}), want)
	_, err = s.PutPushToken(pushToken(1<<40, 1, "new"), 1)
	wantErr(t, err, want)
	_, err = s.DropPushToken(1<<40, 1, nil)
	wantErr(t, err, want)
	wantErr(t, s.PutTerm("somewhere new", 1), want)
}

// checkReads reads a bit of everything.
func checkReads(t *testing.T, s store.Store) {
	t.Helper()
	number(t)(s.ConversationHead(logConv()))
	head := number(t)(s.InboxHead(1))
	_, err := s.Inbox(nil, 1, 0, head, 100, 1<<20)
	ok(t, err)
	_, err = s.AccountByName("nobody")
	wantErr(t, err, store.ErrNotFound)
}

// testBrokenInStep knows exactly which commits came after the fault.
func testBrokenInStep(t *testing.T, at Breaker, fault syscall.Errno, want error) {
	s := open(t, at)
	b := newBook(8)
	for range 5 {
		commit(t, s, b.next())
	}
	at.Break(fault, 0)
	for range 3 {
		p, err := s.Apply(b.next())
		if err == nil {
			err = p.Wait()
		}
		wantErr(t, err, want)
	}
	wantErr(t, s.Health(), want)
	refusesWrites(t, s, want)
	s.Close()
	at.Heal()
	again := open(t, at)
	if n := b.found(t, again); n < 5 || n > 6 {
		t.Fatalf("%d commits are there; 5 were confirmed, and only the sixth can have come through", n)
	}
	ok(t, again.Health())
}

// testBrokenOpening breaks each write of opening in turn, on a place with data
// and on an empty one.
func testBrokenOpening(t *testing.T, at Breaker, fault syscall.Errno, want error) {
	b := newBook(9)
	succeeded := 0
	for skip := 0; succeeded < 2; skip++ {
		at.Break(fault, skip)
		s, err := at.Open()
		if err == nil && !at.Failed() {
			succeeded++
			at.Heal()
			commit(t, s, b.next())
			ok(t, s.Close())
			continue
		}
		if err == nil { // the fault hit work in the background, or a write too many
			s.Close()
		} else if !errors.Is(err, want) {
			t.Fatalf("open with the fault at write %d: %v", skip, err)
		}
		at.Heal()
		s = open(t, at)
		b.check(t, s, len(b.commits))
		commit(t, s, b.next())
		ok(t, s.Close())
	}
}
