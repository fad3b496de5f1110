package imservice

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/sim-im/sim/imservice/store"
)

// TestFamily walks through the drawing in family.go. A step shows a token at a
// minute; what it means is written in letters: k known, l late, f first, o old.
func TestFamily(t *testing.T) {
	const rotation = time.Hour
	start := newClock().now()
	at := func(minute int) time.Time { return start.Add(time.Duration(minute) * time.Minute) }
	named := func(name byte, minute int) store.Token { return store.Token{Hash: [32]byte{name}, Issued: at(minute)} }
	for what, steps := range map[string][]string{
		"young":                  {"a 0 k", "a 59 k", "b 0 -"},
		"old":                    {"a 60 ko b", "b 60 kf", "b 119 k", "b 120 ko c", "c 120 kf"},
		"lost answers":           {"a 60 ko b", "a 61 ko c", "a 62 ko d", "c 63 kf", "c 64 k"},
		"used again":             {"a 60 ko b", "b 60 kf", "a 60 l", "a 61 -"},
		"the loser of two":       {"a 60 ko b", "a 60 ko c", "b 61 kf", "c 62 -"},
		"too many lost answers":  {"a 60 ko b", "a 60 ko c", "a 60 ko d", "a 60 ko e", "a 60 ko f", "b 60 -", "c 61 kf"},
		"old at its first use":   {"a 60 ko b", "b 120 kfo c", "a 122 -", "c 122 kf"},
		"clock that went back":   {"a -59 k", "a -60 ko b", "b -60 kf", "a -60 l", "b -61 k"},
		"long before the family": {"a -9999 ko b"},
	} {
		f := store.Family{Tokens: []store.Token{named('a', 0)}}
		for i, step := range steps {
			var shown, next, want string
			var minute int
			_, _ = fmt.Sscan(step, &shown, &minute, &want, &next)
			s := show(&f, [32]byte{shown[0]}, at(minute), rotation)
			if got := letters(s); got != want {
				t.Errorf("%s, step %d, %q: %s", what, i, step, got)
			}
			if s.first {
				use(&f, s.token, at(minute))
			}
			if s.old {
				succeed(&f, named(next[0], minute))
			}
			if len(f.Tokens) > store.MaxFamilyTokens || len(f.Tokens) > 1+maxSuccessors {
				t.Errorf("%s, step %d: %d tokens", what, i, len(f.Tokens))
			}
		}
	}
}

func letters(s showing) string {
	out := []byte{}
	for _, l := range []struct {
		letter byte
		is     bool
	}{{'k', s.known}, {'l', s.late}, {'f', s.first}, {'o', s.old}} {
		if l.is {
			out = append(out, l.letter)
		}
	}
	if len(out) == 0 {
		return "-"
	}
	return string(out)
}

func TestTokenShapes(t *testing.T) {
	first, row := nextToken(nil)
	second, _ := nextToken(first)
	family, whole, ok := hashes(first)
	again, other, _ := hashes(second)
	if !ok || family != again || whole == other || whole != row.Hash || len(first) != 64 || slices.Equal(first, second) {
		t.Errorf("tokens %x and %x", first, second)
	}
	for _, n := range []int{0, 1, 31, 33, 63, 65, 2048} {
		if _, _, ok := hashes(make([]byte, n)); ok {
			t.Errorf("%d bytes are a token", n)
		}
	}
}
