package redis

import (
	"slices"
	"testing"
	"time"

	"github.com/sim-im/sim/route/registry"
)

// TestView tells a view what was seen, second by second, with leases of 6 s.
func TestView(t *testing.T) {
	at := func(id string, left time.Duration) lease {
		return lease{instance: registry.Instance{ID: id}, found: true, left: left * time.Second}
	}
	const nothing = -1
	for name, looks := range map[string][]struct {
		second    time.Duration
		lease     lease
		failed    bool
		listed    bool
		forgotten bool
	}{
		"dies": {
			{0, at("i", 6), false, true, false},
			{4, at("i", 2), false, true, false},
			{6, lease{}, false, false, false},
			{11, lease{}, false, false, false},
			{12, lease{}, false, false, true},
			{13, lease{}, false, false, false}, // never heard of
		},
		"is lost and comes back": {
			{0, at("i", 6), false, true, false},
			{1, lease{}, false, true, false},
			{5, lease{}, false, true, false},
			{6, at("i", 6), false, true, false},
		},
		"is lost and stays away": {
			{0, at("i", 6), false, true, false},
			{1, lease{}, false, true, false},
			{6, lease{}, false, false, false},
		},
		"is withdrawn": {
			{0, at("i", 6), false, true, false},
			{1, lease{gone: true}, false, false, false},
			{2, at("i", 6), false, true, false},
		},
		"redis is away": {
			{0, at("i", 6), false, true, false},
			{1, lease{}, true, true, false},
			{100, lease{}, true, true, false},
			{101, lease{}, false, true, false},
			{106, lease{}, false, true, false},
			{107, lease{}, false, false, false},
		},
		"was never there": {
			{0, lease{}, false, false, false},
			{5, lease{}, false, false, false},
			{6, lease{}, false, false, true},
		},
		"lease ends while it is read": {
			{0, at("i", nothing), false, true, false},
			{0, lease{}, false, false, false},
		},
	} {
		t.Run(name, func(t *testing.T) {
			v := newView(registry.Gate, 6*time.Second)
			for _, look := range looks {
				now := time.Unix(0, 0).Add(look.second * time.Second)
				var forgotten []string
				if look.failed {
					v.failed()
				} else {
					forgotten = v.saw(map[string]lease{"i": look.lease}, now)
				}
				if listed := len(v.listing.Instances()) == 1; listed != look.listed {
					t.Errorf("second %d: listed %v, want %v", look.second, listed, look.listed)
				}
				if forgot := slices.Equal(forgotten, []string{"i"}); forgot != look.forgotten {
					t.Errorf("second %d: forgotten %v, want %v", look.second, forgot, look.forgotten)
				}
			}
		})
	}
}
