package storetest

import (
	"math"
	"strings"
	"testing"

	"github.com/sim-im/sim/imservice/store"
)

func testTerms(t *testing.T, place func(t *testing.T) Opener) {
	at := place(t)
	s := open(t, at)
	regions := []string{"a", "aa", "a\x00", "\xff\xff", strings.Repeat("n", 1000)}
	for i, region := range regions {
		equal(t, "term of none", number(t)(s.Term(region)), 0)
		ok(t, s.PutTerm(region, uint64(i)))
		ok(t, s.PutTerm(region, math.MaxUint64-uint64(i)))
	}
	for _, region := range []string{"", strings.Repeat("n", 1<<16)} {
		if s.PutTerm(region, 1) == nil {
			t.Fatalf("a region of %d bytes was accepted", len(region))
		}
	}
	ok(t, s.Close())
	checkTerms(t, open(t, at), regions)
}

func checkTerms(t *testing.T, s store.Store, regions []string) {
	t.Helper()
	for i, region := range regions {
		equal(t, "term", number(t)(s.Term(region)), math.MaxUint64-uint64(i))
	}
}
