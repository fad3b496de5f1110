package kinds

import (
	"bytes"
	"strings"
	"testing"
)

// TestHeldJSON takes bytes that hold a Person through JSON. None may be lost, and
// none added, which could be more than the field takes.
func TestHeldJSON(t *testing.T) {
	person := Person{Name: "Ann", Alias: Alias{Names: []string{"A", "B"}}}
	now := person.Append(nil)
	for _, c := range []struct {
		why    string
		held   []byte
		object bool
	}{
		{"this version", now, true},
		{"an older version, without Email", now[:len(now)-1], false},
		{"a newer version", append(bytes.Clone(now), 7), false},
		{"no Person", []byte{0xff}, false},
		{"nothing", nil, false},
	} {
		was := Envelope{Person: c.held, Persons: [][]byte{c.held}}
		text := was.AppendJSON(nil)
		if got := strings.Count(string(text), `"name":"Ann"`) == 2; got != c.object {
			t.Errorf("%s: %s", c.why, text)
		}
		var is Envelope
		if err := is.DecodeJSON(text); err != nil || !bytes.Equal(is.Append(nil), was.Append(nil)) {
			t.Errorf("%s: %v, %x became %x by %s", c.why, err, was.Append(nil), is.Append(nil), text)
		}
	}
}
