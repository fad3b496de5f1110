package wiretest

import (
	"bytes"
	"reflect"
)

// Reporter is the part of testing.TB that the property tests of rapid have too.
type Reporter interface {
	Helper()
	Fatalf(format string, args ...any)
}

// RoundTrip fills a message of the type of m from src and checks that it
// survives encoding, by both decoders, that Size and Validate agree, and that
// Clone, Equal and Reset do what they say.
func RoundTrip(t Reporter, m Message, src Source) {
	t.Helper()
	sent := New(m)
	Fill(sent, src)
	if err := sent.Validate(); err != nil {
		t.Fatalf("filled within its limits and invalid: %v", err)
	}
	prefix := []byte("before")
	whole := sent.Append(prefix)
	encoded, ok := bytes.CutPrefix(whole, prefix)
	if !ok || len(encoded) != sent.Size() {
		t.Fatalf("Append wrote %x, Size says %d", whole, sent.Size())
	}
	owned, alias := New(m), New(m)
	Fill(alias, &Steady{}) // what was there before must not show
	if err := alias.DecodeAlias(encoded); err != nil {
		t.Fatalf("DecodeAlias: %v", err)
	}
	if !Equal(sent, alias) {
		t.Fatalf("sent\n%+v\nDecodeAlias gave\n%+v", sent, alias)
	}
	if !clipped(reflect.ValueOf(alias).Elem()) {
		t.Fatalf("appending to a field of %+v would write into its neighbours", alias)
	}
	if err := owned.Decode(encoded); err != nil {
		t.Fatalf("Decode: %v", err)
	}
	clear(encoded) // an owned message does not notice
	if !Equal(sent, owned) {
		t.Fatalf("sent\n%+v\nDecode gave\n%+v", sent, owned)
	}
	checkCopies(t, sent, owned)
}

// clipped tells whether no bytes in v have room behind them.
func clipped(v reflect.Value) bool {
	switch {
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if !clipped(v.Field(i)) {
				return false
			}
		}
	case isBytes(v):
		return v.Cap() == v.Len()
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			if !clipped(v.Index(i)) {
				return false
			}
		}
	}
	return true
}
