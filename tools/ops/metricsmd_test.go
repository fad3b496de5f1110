package ops

import (
	"os"
	"strings"
	"testing"

	"github.com/sim-im/sim/gate"
)

// TestMetricsPage has a row for each reason that a gate can count, and none for
// one that it cannot.
func TestMetricsPage(t *testing.T) {
	text, err := os.ReadFile("METRICS.md")
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(text), "\n## ")
	for i, names := range [][]string{
		1: labels(gate.ReasonNone + 1), 2: labels(gate.Drop(0)), 3: labels(gate.Unresumed(0)), 4: labels(gate.Uncounted(0)),
	} {
		want := map[string]bool{}
		for _, name := range names {
			want[name] = true
		}
		for line := range strings.Lines(parts[i]) {
			name, row := strings.CutPrefix(line, "| `")
			if !row {
				continue
			}
			name, _, _ = strings.Cut(name, "`")
			if !want[name] {
				t.Errorf("the page explains %s, which is not counted, or twice", name)
			}
			delete(want, name)
		}
		if i > 0 && len(want) > 0 {
			t.Errorf("the page does not explain %v", want)
		}
	}
}

// labels lists those of a closed set, from its first one on.
func labels[T interface {
	~uint8
	String() string
}](first T) (all []string) {
	for r := first; !strings.HasPrefix(r.String(), "unknown "); r++ {
		if name := r.String(); name == "unknown" && len(all) > 0 {
			return all
		}
		all = append(all, r.String())
	}
	return all
}
