package pebble_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// TestDamage flips bits, cuts and empties files of a closed store, one at a
// time. Opening and reading either works, with every row as it was written
// from the first on, or returns an error; where the damage is not in the tail
// of the log, it is ErrCorrupt or ErrFormat. Nothing panics.
func TestDamage(t *testing.T) {
	const messages = 150
	whole := newPlace(t)
	fill(t, whole, messages)
	names, err := whole.mem.List("data/store")
	must(t, err)
	for _, name := range names {
		if name == "LOCK" {
			continue
		}
		for seed := range uint64(12) {
			t.Run(fmt.Sprintf("%s/%d", name, seed), func(t *testing.T) {
				rng := rand.New(rand.NewPCG(seed, uint64(len(name))))
				p := whole.PowerCut(1).(*place) // a copy: all is synced
				damage(t, p.mem, "data/store/"+name, rng)
				checkDamaged(t, p, name, messages)
			})
		}
	}
}

func isLog(name string) bool { return strings.HasSuffix(name, ".log") }

// damage does one of several things to a file.
func damage(t *testing.T, mem *vfs.MemFS, name string, rng *rand.Rand) {
	t.Helper()
	f, err := mem.Open(name)
	must(t, err)
	content, err := io.ReadAll(f)
	must(t, err)
	must(t, f.Close())
	switch where := rng.IntN(max(len(content), 1)); {
	case len(content) == 0 || rng.IntN(6) == 0 && !isLog(name):
		must(t, mem.Remove(name)) // a whole log that is gone leaves no trace
		return
	case rng.IntN(4) == 0:
		content = content[:where]
	case rng.IntN(4) == 0:
		clear(content[where:min(where+512, len(content))])
	default:
		content[where] ^= 1 << rng.IntN(8)
	}
	f, err = mem.Create(name, vfs.WriteCategoryUnspecified)
	must(t, err)
	_, err = f.Write(content)
	must(t, err)
	must(t, f.Sync())
	must(t, f.Close())
}

func checkDamaged(t *testing.T, p *place, name string, messages int) {
	t.Helper()
	s, err := p.Open()
	if err != nil {
		if !errors.Is(err, store.ErrCorrupt) && !errors.Is(err, store.ErrFormat) {
			t.Fatalf("open: %v", err)
		}
		return
	}
	defer s.Close()
	n, err := readAll(s)
	switch {
	case err != nil && !errors.Is(err, store.ErrCorrupt):
		t.Fatalf("read: %v", err)
	case err == nil && n < messages && !isLog(name):
		t.Fatalf("%d of %d messages are there, and nobody noticed", n, messages)
	}
}

// readAll reads what fill wrote and compares it.
func readAll(s store.Store) (n int, err error) {
	head, err := s.InboxHead(2)
	if err != nil {
		return 0, err
	}
	entries, err := s.Inbox(nil, 2, 0, head, 1000, 10<<20)
	if err != nil {
		return 0, err
	}
	for i, e := range entries {
		if e.USeq != uint64(i+1) || string(e.Bytes) != string(body(i+1)) {
			return 0, fmt.Errorf("entry %d is %d: %.20q", i+1, e.USeq, e.Bytes)
		}
	}
	_, err = s.Range(nil, msgdef.Pair(1, 2), 1, 1000, true, 1000, 10<<20)
	return len(entries), err
}
