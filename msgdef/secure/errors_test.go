package secure

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sim-im/sim/msgdef"
)

func TestReasonNamesEveryError(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range reasons() {
		if got := Reason(fmt.Errorf("somewhere: %w", r.err)); got != r.name || seen[got] {
			t.Errorf("%v is called %q, want a name of its own, %q", r.err, got, r.name)
		}
		seen[r.name] = true
	}
	if got := Reason(errors.New("unknown")); got != "other" {
		t.Errorf("a foreign error is called %q", got)
	}
}

func TestARefusalSaysItsCode(t *testing.T) {
	err := &RefusedError{msgdef.Refusal{Code: msgdef.CodeBusy}}
	if !strings.Contains(err.Error(), "busy") || Reason(err) != "busy" {
		t.Errorf("%v, %q", err, Reason(err))
	}
}

func TestASessionDoesNotPrintItsSecrets(t *testing.T) {
	e := newWorld(t).connect(HybridAESGCM)
	for _, verb := range []string{"%v", "%+v", "%s"} {
		if got := fmt.Sprintf(verb, e.client); got != "session hybrid-aesgcm, bound false" {
			t.Errorf("%s prints %s", verb, got)
		}
	}
}
