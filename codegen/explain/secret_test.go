package explain

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"github.com/sim-im/sim/codegen/ir"
)

// TestSecrets checks that nothing tagged secret is shown, whole or cut short,
// unless it is asked for.
func TestSecrets(t *testing.T) {
	key := &ir.Struct{Name: "Key", Fields: []*ir.Field{{Name: "Word", Type: &ir.Type{Kind: ir.String}, Max: 40, Gen: 1}}}
	s := &ir.Struct{Name: "T", Fields: []*ir.Field{
		{Name: "A", Type: &ir.Type{Kind: ir.Uint, Bits: 8}, Gen: 1},
		{Name: "Keys", Type: &ir.Type{Kind: ir.List, Elem: &ir.Type{Kind: ir.Nested, Struct: key}}, Max: 4, Gen: 1, Secret: true},
		{Name: "Held", Type: &ir.Type{Kind: ir.Bytes, Holds: key}, Max: 40, Gen: 1, Secret: true},
	}}
	const word = "swordfish"
	inner := append([]byte{byte(len(word))}, word...)
	outer := append([]byte{byte(len(inner))}, inner...)
	b := append(append([]byte{1, 1}, outer...), outer...)
	b = append(b, word...) // of a newer sender: who knows what it is
	for cut := range len(b) + 1 {
		if shown := everything(t, s, b[:cut], Options{}); strings.Contains(shown, word[:4]) || strings.Contains(shown, hex.EncodeToString([]byte(word[:4]))) {
			t.Fatalf("of %d bytes a secret is shown:\n%s", cut, shown)
		}
	}
	if shown := everything(t, s, b, Options{Secrets: true}); strings.Count(shown, word) < 4 {
		t.Errorf("secrets that are asked for are hidden:\n%s", shown)
	}
}

// everything is all that can be shown of b.
func everything(t *testing.T, s *ir.Struct, b []byte, o Options) string {
	t.Helper()
	root, failure := Decode(s, b, 0)
	var out bytes.Buffer
	Text(&out, root, failure, o)
	if err := json.NewEncoder(&out).Encode(ToJSON(root, failure, o)); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
