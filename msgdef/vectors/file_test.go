package vectors_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sim-im/sim/msgdef/vectors"
	"github.com/sim-im/sim/msgdef/vectors/difftest"
	"github.com/sim-im/sim/msgdef/vectors/layout"
	"github.com/sim-im/sim/msgdef/wire"
	"github.com/sim-im/sim/msgdef/wire/wiretest"
)

var update = flag.Bool("update", false, "write messages.json and kinds.json anew")

// file is messages.json or kinds.json.
type file struct {
	Messages     []encoding     `json:"messages"`
	Refused      []encoding     `json:"refused"`
	Pairs        []pair         `json:"pairs,omitempty"`
	Fingerprints []fingerprints `json:"fingerprints,omitempty"`
}

// encoding is a message and its bytes. One of Fields, Decodes and Error is set.
type encoding struct {
	Type       string         `json:"type"`
	ID         uint16         `json:"id,omitempty"`         // of a frame
	Generation int            `json:"generation,omitempty"` // of an older sender
	Why        string         `json:"why,omitempty"`
	Fields     map[string]any `json:"fields,omitzero"`
	Decodes    map[string]any `json:"decodes,omitzero"`
	Hex        hexBytes       `json:"hex"`
	Error      layout.Class   `json:"error,omitempty"`
}

type hexBytes []byte

// MarshalText implements encoding.TextMarshaler.
func (h hexBytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h)), nil }

// compare compares a file with what it should hold, or writes it.
func compare(t *testing.T, name string, want file) {
	t.Helper()
	text, err := json.MarshalIndent(want, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(name, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	kept, err := vectors.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(text)+"\n", string(kept)); diff != "" {
		t.Errorf("the encoding changed, or run go test ./msgdef/vectors -update:\n%s", diff)
	}
}

// prove proves that what a file claims of decoding is so.
func prove(t *testing.T, samples []wiretest.Message, claims file) {
	t.Helper()
	for _, e := range append(claims.Messages, claims.Refused...) {
		m := fresh(samples, e.Type)
		err := m.Decode(e.Hex)
		switch {
		case e.Error != "":
			if !errors.Is(err, errorOf(e.Error)) {
				t.Errorf("%s, %s: %v, want %s", e.Type, e.Why, err, e.Error)
			}
		case err != nil:
			t.Errorf("%s, %s: %v", e.Type, e.Why, err)
		case !cmp.Equal(fieldsOf(m), either(e.Fields, e.Decodes)):
			t.Errorf("%s, %s: decodes to %v", e.Type, e.Why, fieldsOf(m))
		case cmp.Equal(m.Append(nil), []byte(e.Hex)) != (e.Decodes == nil):
			t.Errorf("%s, %s: encodes to %x", e.Type, e.Why, m.Append(nil))
		}
	}
}

// fresh returns a zero value of the struct of a name.
func fresh(samples []wiretest.Message, name string) wiretest.Message {
	for _, m := range samples {
		if difftest.Name(m) == name {
			return wiretest.New(m)
		}
	}
	return nil
}

func either(a, b map[string]any) map[string]any {
	if a != nil {
		return a
	}
	return b
}

func errorOf(class layout.Class) error {
	return map[layout.Class]error{
		layout.Short: wire.ErrShort, layout.Limit: wire.ErrLimit, layout.Malformed: wire.ErrMalformed,
	}[class]
}

// definitions reads the lock of a folder and proves that samples has each of
// its structs.
func definitions(t *testing.T, lock string, samples []wiretest.Message) *layout.Set {
	t.Helper()
	text, err := os.ReadFile(lock)
	if err != nil {
		t.Fatal(err)
	}
	set, err := layout.Parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range set.Names {
		if fresh(samples, name) == nil {
			t.Errorf("no vector of %s: add it to package difftest", name)
		}
	}
	if len(set.Names) != len(samples) {
		t.Errorf("%d structs, %d samples", len(set.Names), len(samples))
	}
	return set
}

// faults returns every fault of every struct, as encodings to be refused.
func faults(set *layout.Set) (list []encoding) {
	for _, name := range set.Names {
		s := set.Structs[name]
		found := s.Faults()
		if s.Frozen {
			found = append(found, s.FrozenFault())
		}
		for _, f := range found {
			list = append(list, encoding{Type: name, Why: f.Why, Hex: f.Bytes, Error: f.Class})
		}
	}
	return list
}
