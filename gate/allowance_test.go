package gate

import (
	"testing"
	"time"
)

// TestAllowanceIsBounded remembers so many users and no more, and those that are
// as good as new not at all.
func TestAllowanceIsBounded(t *testing.T) {
	var a allowance
	r := rate{1, 2}
	for uid := range uint64(mostAllowances + 1000) {
		if got := a.take(uid, 3, r, time.Second); got != 2 {
			t.Fatalf("%d tickets", got)
		}
	}
	if len(a.users) != mostAllowances {
		t.Errorf("%d users", len(a.users))
	}
	a.sweep(2 * time.Second)
	if len(a.users) != mostAllowances {
		t.Errorf("%d users after a second", len(a.users))
	}
	a.sweep(3 * time.Second)
	if len(a.users) != 0 {
		t.Errorf("%d users after two seconds", len(a.users))
	}
}
