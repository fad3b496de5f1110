package kinds

import (
	"bytes"
	"strings"
	"testing"
)

// TestHeldJSON takes bytes that hold a Person through JSON: an object where it can
// be read back, which fills in the generations of this version, and else base64.
func TestHeldJSON(t *testing.T) {
	person := Person{Name: "Ann", Alias: Alias{Names: []string{"A", "B"}}}
	now := person.Append(nil)
	for _, c := range []struct {
		why    string
		held   []byte
		object bool
		want   []byte
	}{
		{"this version", now, true, now},
		{"an older version, without Email", now[:len(now)-1], true, now},
		{"a newer version", append(bytes.Clone(now), 7), true, now},
		{"no Person", []byte{0xff}, false, []byte{0xff}},
		{"nothing", nil, false, nil},
	} {
		was := Envelope{Person: c.held, Persons: [][]byte{c.held}}
		text := was.AppendJSON(nil)
		if got := strings.Count(string(text), `"name":"Ann"`) == 2; got != c.object {
			t.Errorf("%s: %s", c.why, text)
		}
		var is Envelope
		if err := is.DecodeJSON(text); err != nil || !bytes.Equal(is.Person, c.want) || !bytes.Equal(is.Persons[0], c.want) {
			t.Errorf("%s: %v, %x became %x by %s", c.why, err, was.Append(nil), is.Append(nil), text)
		}
	}
}
