package pebble_test

import (
	"fmt"
	"testing"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// quiet is a logger of the engine.
type quiet struct{}

func (quiet) Infof(string, ...any)  {}
func (quiet) Errorf(string, ...any) {}
func (quiet) Fatalf(format string, args ...any) {
	panic(fmt.Sprintf(format, args...))
}

// fill commits n pair messages of a kilobyte, each in a commit of its own, and
// closes the store.
func fill(t testing.TB, p *place, n int) {
	t.Helper()
	s, err := p.Open()
	must(t, err)
	for i := 1; i <= n; i++ {
		pending, err := s.Apply(pairCommit(uint64(i), body(i)))
		must(t, err)
		must(t, pending.Wait())
	}
	must(t, s.Close())
}

func body(i int) []byte {
	return fmt.Appendf(make([]byte, 0, 1100), "%01000d", i)
}

// pairCommit is message n of users 1 and 2.
func pairCommit(n uint64, body []byte) *store.Commit {
	conv := msgdef.Pair(1, 2)
	return &store.Commit{
		Messages: []store.MessageRow{{Conv: conv, CSeq: n, Bytes: body}},
		Inbox:    []store.InboxRow{{UID: 1, USeq: n, Conv: conv, CSeq: n}, {UID: 2, USeq: n, Conv: conv, CSeq: n}},
		Sent:     []store.SentRow{{UID: 1, Device: 1, Counter: n, Conv: conv, CSeq: n, USeq: n}},
	}
}
