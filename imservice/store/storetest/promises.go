package storetest

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/sim-im/sim/imservice/store"
)

// check compares a reopened store with what was promised before. It has a
// prefix of the book, with everything that was promised, and nothing half. It
// returns the length of that prefix.
func (p promises) check(t *testing.T, s store.Store, b *book) int {
	t.Helper()
	n := b.found(t, s)
	if n < p.commits {
		t.Fatalf("%d commits are there, %d were durable", n, p.commits)
	}
	b.check(t, s, n)
	for _, want := range p.accounts {
		equal(t, "account", account(t)(s.AccountByUID(want.UID)), want)
	}
	for _, want := range p.families {
		got, err := s.FamilyByID(want.ID)
		equal(t, "family", value(t, got, err), want)
	}
	p.checkVerdicts(t, s)
	for _, want := range p.pushes {
		got, err := s.PushToken(want.UID, want.Device)
		equal(t, "push token", value(t, got, err), want)
	}
	if term := number(t)(s.Term(p.region)); term < p.term {
		t.Fatalf("term %d of a region, %d was durable", term, p.term)
	}
	checkAccounts(t, s)
	return n
}

// checkVerdicts checks that of each verdict all is there.
func (p promises) checkVerdicts(t *testing.T, s store.Store) {
	t.Helper()
	list, err := s.Evictions(math.MaxInt)
	there := map[uint64]store.Eviction{}
	for _, e := range value(t, list, err) {
		there[e.UID] = e
		got, err := s.Standing(e.UID)
		equal(t, "generation of an account with an eviction", value(t, got, err).Generation, e.Generation)
	}
	for _, want := range p.verdicts {
		got, err := s.Standing(want.UID)
		equal(t, "standing", value(t, got, err), want.Standing)
		equal(t, "eviction", there[want.UID], want.Eviction)
	}
}

// checkAccounts checks that names and UIDs agree and UIDs have no gap.
func checkAccounts(t *testing.T, s store.Store) {
	t.Helper()
	for uid := uint64(1); ; uid++ {
		a, err := s.AccountByUID(uid)
		if errors.Is(err, store.ErrNotFound) {
			next := account(t)(s.CreateAccount(fmt.Sprint("made by the check ", uid), "", moment()))
			equal(t, "next uid", next.UID, uid)
			return
		}
		equal(t, "account by name", account(t)(s.AccountByName(value(t, a, err).Name)), a)
	}
}
