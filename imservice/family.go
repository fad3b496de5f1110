package imservice

import (
	"slices"
	"time"

	"github.com/sim-im/sim/imservice/store"
)

// A family is the token of a device and its successors:
//
//	[a] ──a is shown, and old──▶ [a b] ──b is shown──▶ [b]
//	                             │   ▲
//	                             └───┘ a is shown again: b may have been lost,
//	                                   so it gets c, and b still holds
//
// Whichever of b and c is shown first wins; what is neither in use nor a
// successor was exchanged before, and shows that two have the family: reuse.
// Right after an exchange it may also be a login from before that was given up
// and hung somewhere, so then it only has to come again.

// maxSuccessors is how many tokens may be out for one that is in use: more
// answers in a row are not lost by accident.
const maxSuccessors = 4

// lateLogin is how long after it was given up a login may still arrive, which
// is what gates and routes wait for an answer.
const lateLogin = 30 * time.Second

// showing is what it means that a token is shown.
type showing struct {
	token store.Token // as it is kept
	known bool        // it is in use, or a successor
	late  bool        // it is not, but another one became the one in use just now
	first bool        // of a successor: it is the one in use from now on
	old   bool        // it is to be exchanged
}

// show judges a token by its hash. It does not look at when it expires.
func show(f *store.Family, hash [32]byte, now time.Time, rotation time.Duration) showing {
	i := slices.IndexFunc(f.Tokens, func(t store.Token) bool { return t.Hash == hash })
	if i < 0 {
		since := now.Sub(f.Used) // either way: clocks go back
		return showing{late: since > -lateLogin && since < lateLogin}
	}
	t := f.Tokens[i]
	age := now.Sub(t.Issued)
	// A token from the future has a date that says nothing.
	old := age >= rotation || age <= -rotation || f.Since == store.AnyGeneration
	return showing{token: t, known: true, first: i > 0, old: old}
}

// writes tells whether the showing changes the family.
func (s *showing) writes() bool { return s.first || s.old }

// use makes a successor the one in use.
func use(f *store.Family, t store.Token, now time.Time) {
	f.Tokens, f.Used = []store.Token{t}, now
}

// succeed adds a successor to the token in use.
func succeed(f *store.Family, t store.Token) {
	if len(f.Tokens) > maxSuccessors {
		f.Tokens = slices.Delete(f.Tokens, 1, 2)
	}
	f.Tokens = append(f.Tokens, t)
}
