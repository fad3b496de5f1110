package wiretest

import (
	"bytes"
	"reflect"
	"testing"
)

// Reporter is the part of testing.TB that the property tests of rapid have too.
type Reporter interface {
	Helper()
	Fatalf(format string, args ...any)
}

// RoundTrip fills a message of the type of m from src and checks that it
// survives encoding, by both decoders, and that Size and Validate agree.
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
	if err := owned.Decode(encoded); err != nil {
		t.Fatalf("Decode: %v", err)
	}
	clear(encoded) // an owned message does not notice
	if !Equal(sent, owned) {
		t.Fatalf("sent\n%+v\nDecode gave\n%+v", sent, owned)
	}
}

// Equal compares two messages; an empty list equals none.
func Equal(a, b Message) bool {
	return equal(reflect.ValueOf(a).Elem(), reflect.ValueOf(b).Elem())
}

func equal(a, b reflect.Value) bool {
	switch a.Kind() {
	case reflect.Struct:
		for i := range a.NumField() {
			if !equal(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	case reflect.Slice:
		if a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !equal(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	}
	return a.Equal(b)
}

// NoAllocations checks that encoding into a buffer that is large enough, and
// aliasing decodes into a message that was used before, allocate nothing.
func NoAllocations(t *testing.T, m Message) {
	t.Helper()
	sent, received := New(m), New(m)
	Fill(sent, &Steady{})
	buffer := sent.Append(nil)
	if n := testing.AllocsPerRun(10, func() { buffer = sent.Append(buffer[:0]) }); n != 0 {
		t.Errorf("Append allocates %v times", n)
	}
	if err := received.DecodeAlias(buffer); err != nil {
		t.Fatal(err)
	}
	decode := func() {
		if err := received.DecodeAlias(buffer); err != nil {
			t.Error(err)
		}
	}
	if n := testing.AllocsPerRun(10, decode); n != 0 {
		t.Errorf("DecodeAlias allocates %v times", n)
	}
}
