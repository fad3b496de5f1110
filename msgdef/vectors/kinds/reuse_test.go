package kinds

import (
	"bytes"
	"testing"
)

// TestReusedElements decodes a list whose element is of an older sender into a
// message that was used before: nothing of the old element may show.
func TestReusedElements(t *testing.T) {
	person := Person{Name: "old", Alias: Alias{Names: []string{"a", "b"}}, Email: "old@example.org"}
	used := Lists{Texts: []string{"old"}, Persons: []Person{person, person}, Labels: []Label{{Name: "old"}}}
	older := Person{Name: "new"}
	first := older.Append(nil)
	first = first[:len(first)-1] // without the empty Email of generation 2
	message := append(make([]byte, 9), 1, byte(len(first)))
	message = append(append(message, first...), 0)
	for range 2 {
		if err := used.DecodeAlias(message); err != nil {
			t.Fatal(err)
		}
		if want := (Lists{Persons: []Person{older}}); !used.Equal(&want) {
			t.Errorf("got %+v, want %+v", used, want)
		}
		used.Reset()
	}
	if err := used.DecodeAlias(make([]byte, 11)); err != nil || !bytes.Equal(used.Append(nil), make([]byte, 11)) {
		t.Errorf("an empty message gave %+v, %v", used, err)
	}
}
