package storetest

import (
	"errors"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sim-im/sim/imservice/store"
)

// open opens a place for the rest of the test.
func open(t *testing.T, at Opener) store.Store {
	t.Helper()
	s, err := at.Open()
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("unexpected error: %v", err)
	}
}

func wantErr(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error is %v, want %v", err, want)
	}
}

func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if reflect.DeepEqual(want, got) { // cmp is slow on large values
		return
	}
	t.Fatalf("%s (-want +got):\n%s", what, cmp.Diff(want, got))
}

// value unwraps a result that must not fail.
func value[T any](t *testing.T, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatalf("unexpected error: %v", err)
	}
	return v
}

// commit applies c and waits for it.
func commit(t *testing.T, s store.Store, c *store.Commit) {
	t.Helper()
	p, err := s.Apply(c)
	if err != nil {
		t.Fatalf("apply: %v", err)
	}
	if err := p.Wait(); err != nil {
		t.Fatalf("wait: %v", err)
	}
}

// account unwraps a call that returns an account and must not fail.
func account(t *testing.T) func(store.Account, error) store.Account {
	return func(a store.Account, err error) store.Account {
		t.Helper()
		return value(t, a, err)
	}
}
