package storetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/imservice/store"
)

func testAccounts(t *testing.T, place func(t *testing.T) Opener) {
	cases{
		"create":             testCreateAccount,
		"odd names":          testOddNames,
		"password":           testPutPassword,
		"race for one name":  testNameRace,
		"race for many uids": testUIDRace,
	}.run(t, place)
	t.Run("uids go on", func(t *testing.T) { testUIDsGoOn(t, place(t)) })
}

// moment is a moment with more precision than a store keeps.
func moment() time.Time { return time.UnixMilli(1_700_000_000_123).Add(456 * time.Microsecond) }

func testCreateAccount(t *testing.T, s store.Store) {
	_, err := s.AccountByName("alice")
	wantErr(t, err, store.ErrNotFound)
	for _, uid := range []uint64{0, 1, 1 << 63} {
		_, err = s.AccountByUID(uid)
		wantErr(t, err, store.ErrNotFound)
	}
	alice, err := s.CreateAccount("alice", "hash a", moment())
	want := store.Account{UID: 1, Name: "alice", Password: "hash a", Created: moment().UnixMilli()}
	equal(t, "created", value(t, alice, err), want)
	_, err = s.CreateAccount("alice", "hash b", moment())
	wantErr(t, err, store.ErrExists)
	bob, err := s.CreateAccount("bob", "", moment().Add(time.Second))
	equal(t, "second uid, a refused name takes none", value(t, bob, err).UID, 2)
	for _, want := range []store.Account{want, bob} {
		got, err := s.AccountByName(want.Name)
		equal(t, "by name", value(t, got, err), want)
		got, err = s.AccountByUID(want.UID)
		equal(t, "by uid", value(t, got, err), want)
	}
	_, err = s.AccountByUID(3)
	wantErr(t, err, store.ErrNotFound)
}

// testOddNames has names that are each other's beginning, and bytes that sort
// at the ends.
func testOddNames(t *testing.T, s store.Store) {
	names := []string{"a", "aa", "a\x00", "\xff\xff", "A", " ", "ä", strings.Repeat("n", 1000)}
	for i, name := range names {
		a, err := s.CreateAccount(name, name, moment())
		equal(t, "uid", value(t, a, err).UID, uint64(i+1))
	}
	for i, name := range names {
		a, err := s.AccountByName(name)
		equal(t, "uid of "+name, value(t, a, err).UID, uint64(i+1))
		equal(t, "name", a.Name, name)
		equal(t, "password", a.Password, name)
	}
	for _, name := range []string{"", strings.Repeat("n", 1<<16)} {
		if _, err := s.CreateAccount(name, "p", moment()); err == nil {
			t.Fatalf("a name of %d bytes was accepted", len(name))
		}
	}
	a, err := s.CreateAccount("next", "", moment())
	equal(t, "a refused name takes no uid", value(t, a, err).UID, uint64(len(names)+1))
}

func testPutPassword(t *testing.T, s store.Store) {
	alice := account(t)(s.CreateAccount("alice", "old", moment()))
	bob := account(t)(s.CreateAccount("bob", "old", moment()))
	for _, password := range []string{"new", "", "newer"} {
		ok(t, s.PutPassword(alice.UID, password))
		alice.Password = password
		equal(t, "by name", account(t)(s.AccountByName("alice")), alice)
		equal(t, "another", account(t)(s.AccountByName("bob")), bob)
	}
	wantErr(t, s.PutPassword(3, "p"), store.ErrNotFound)
	_, err := s.AccountByUID(3)
	wantErr(t, err, store.ErrNotFound)
}

func testNameRace(t *testing.T, s store.Store) {
	for round := range 50 {
		raceForName(t, s, fmt.Sprint("wanted ", round))
	}
	checkAccounts(t, s)
}

func raceForName(t *testing.T, s store.Store, name string) {
	const racers = 16
	won := make(chan store.Account, racers)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range racers {
		wg.Go(func() {
			<-start
			a, err := s.CreateAccount(name, fmt.Sprint(i), moment())
			if err == nil {
				won <- a
			} else if !errors.Is(err, store.ErrExists) {
				t.Errorf("create: %v", err)
			} else if _, err := s.AccountByName(name); err != nil {
				t.Errorf("the name is taken, but by whom: %v", err)
			}
		})
	}
	close(start)
	wg.Wait()
	equal(t, "winners", len(won), 1)
	equal(t, "account", account(t)(s.AccountByName(name)), <-won)
}

func testUIDRace(t *testing.T, s store.Store) {
	const racers, each = 16, 8
	var mu sync.Mutex
	byUID := map[uint64]string{}
	var wg sync.WaitGroup
	for i := range racers {
		wg.Go(func() {
			for j := range each {
				a, err := s.CreateAccount(fmt.Sprintf("user %d %d", i, j), "", moment())
				if err != nil {
					t.Errorf("create: %v", err)
				}
				mu.Lock()
				byUID[a.UID] = a.Name
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for uid := uint64(1); uid <= racers*each; uid++ {
		a, err := s.AccountByUID(uid)
		equal(t, "name", value(t, a, err).Name, byUID[uid])
	}
}

func testUIDsGoOn(t *testing.T, home Opener) {
	for uid := uint64(1); uid <= 3; uid++ {
		s := open(t, home)
		a, err := s.CreateAccount(fmt.Sprint("user ", uid), "", moment())
		equal(t, "uid", value(t, a, err).UID, uid)
		ok(t, s.Close())
	}
}
