package gate

import (
	"strings"
	"testing"
)

func TestClip(t *testing.T) {
	for in, want := range map[string]string{
		"fine":                           "fine",
		"\xffbad":                        "",
		"good\xffbad":                    "good",
		strings.Repeat("x", 256):         strings.Repeat("x", 256),
		strings.Repeat("x", 257):         strings.Repeat("x", 256),
		strings.Repeat("x", 255) + "é":   strings.Repeat("x", 255),
		strings.Repeat("é", 128) + "xyz": strings.Repeat("é", 128),
	} {
		if got := clip(in); got != want {
			t.Errorf("%q becomes %q", in, got)
		}
	}
}

func TestReasonsHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for r := range reasons {
		if name := r.String(); name == "" || seen[name] {
			t.Errorf("reason %d is called %q", r, name)
		} else {
			seen[name] = true
		}
	}
	for d := range drops {
		if name := d.String(); name == "" || seen[name] {
			t.Errorf("drop %d is called %q", d, name)
		}
	}
	if reasons.String() != "unknown" || drops.String() != "unknown" {
		t.Error("a number without a reason has a name")
	}
}
