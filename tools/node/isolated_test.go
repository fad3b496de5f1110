package node

import (
	"testing"
	"time"
)

// TestIsolation forgives short absences, whatever caused them, and no long one.
func TestIsolation(t *testing.T) {
	start := time.Now()
	alone := isolation{after: isolatedAfter, known: start}
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	for _, step := range []struct {
		at    int
		known bool
		over  bool
	}{
		{1, true, false},
		{2, false, false}, {30, false, false}, {31, true, false}, // cut off for 30 s
		{61, true, false}, {92, true, true}, // stopped, which nobody saw, for 31 s
		{93, true, false},
		{94, false, false}, {200, false, false}, {201, true, true}, {202, true, false},
	} {
		if over := alone.over(at(step.at), step.known); over != step.over {
			t.Errorf("after %d s: %v", step.at, over)
		}
	}
	slept := time.Unix(at(202).Unix()+60, 0) // a clock without the monotonic part, which stood still
	if !alone.over(slept, true) {
		t.Error("a machine that slept")
	}
}
