package wiretest

import (
	"bytes"
	"reflect"
	"testing"
)

// Fuzz feeds arbitrary bytes to the decoders of T. What they accept must encode
// to a stable form, of the size that Size says, equal for both decoders. Clone,
// Equal and Reset are checked with it.
func Fuzz[T any, P Pointer[T]](f *testing.F) {
	filled := P(new(T))
	Fill(filled, &Steady{})
	sample := filled.Append(nil)
	f.Add(P(new(T)).Append(nil))
	for cut := range sample {
		f.Add(sample[:cut])
	}
	f.Add(append(sample, 0, 1, 2))
	f.Fuzz(func(t *testing.T, input []byte) {
		owned, alias := P(new(T)), P(new(T))
		Fill(alias, &Steady{}) // what was there before must not show
		err, aliasErr := owned.Decode(input), alias.DecodeAlias(input)
		if (err == nil) != (aliasErr == nil) {
			t.Fatalf("Decode says %v and DecodeAlias %v", err, aliasErr)
		}
		if err == nil {
			checkAccepted(t, owned, alias, P(new(T)))
			checkSame[T](t, owned, alias)
		}
	})
}

// checkAccepted checks two messages decoded from the same bytes; again is an
// empty one.
func checkAccepted(t *testing.T, owned, alias, again Message) {
	t.Helper()
	encoded := owned.Append(nil)
	if !bytes.Equal(encoded, alias.Append(nil)) {
		t.Fatalf("Decode and DecodeAlias differ:\n%v\n%v", owned, alias)
	}
	if len(encoded) != owned.Size() {
		t.Fatalf("Size is %d for %d bytes", owned.Size(), len(encoded))
	}
	if err := owned.Validate(); err != nil {
		t.Fatalf("decoded and invalid: %v", err)
	}
	if err := again.Decode(encoded); err != nil {
		t.Fatalf("encoded and not decodable: %v", err)
	}
	if !bytes.Equal(encoded, again.Append(nil)) {
		t.Fatalf("the encoding is not stable: %x", encoded)
	}
}

// checkSame checks Equal, Clone and Reset of two messages decoded from the same
// bytes.
func checkSame[T any, P Pointer[T]](t *testing.T, owned, alias P) {
	t.Helper()
	c := P(alias.Clone())
	if !owned.Equal(alias) || !owned.Equal(c) || !bytes.Equal(c.Append(nil), owned.Append(nil)) {
		t.Fatalf("not equal:\n%v\n%v\nits clone\n%v", owned, alias, c)
	}
	if Shared(reflect.ValueOf(alias).Elem(), reflect.ValueOf(c).Elem()) {
		t.Fatalf("the clone of %v shares memory with it", alias)
	}
	checkReset(t, alias)
}
