package wiretest

import (
	"bytes"
	"reflect"
)

// checkCopies checks Clone, Equal and Reset of m, which was decoded and may be
// changed. sent is what was encoded.
func checkCopies(t Reporter, sent, m Message) {
	t.Helper()
	if !equals(sent, m) || !equals(m, sent) {
		t.Fatalf("not Equal:\n%+v\n%+v", sent, m)
	}
	c := clone(m)
	if !Equal(m, c) || !equals(m, c) {
		t.Fatalf("Clone made of\n%+v\n%+v", m, c)
	}
	if Shared(reflect.ValueOf(m).Elem(), reflect.ValueOf(c).Elem()) {
		t.Fatalf("the clone of %+v shares memory with it", m)
	}
	vary(reflect.ValueOf(c).Elem(), func() {
		if equals(m, c) || equals(c, m) {
			t.Fatalf("Equal:\n%+v\n%+v", m, c)
		}
	})
	checkReset(t, m)
}

// checkReset checks that m is empty after Reset, and usable.
func checkReset(t Reporter, m Message) {
	t.Helper()
	encoded, before := m.Append(nil), capacity(reflect.ValueOf(m).Elem())
	m.Reset()
	if zero := New(m); !Equal(m, zero) || !bytes.Equal(m.Append(nil), zero.Append(nil)) {
		t.Fatalf("Reset leaves %+v", m)
	}
	if holds(reflect.ValueOf(m).Elem()) {
		t.Fatalf("Reset of %T keeps what the message pointed to", m)
	}
	if after := capacity(reflect.ValueOf(m).Elem()); after != before {
		t.Fatalf("Reset keeps lists of %d elements of %d", after, before)
	}
	if err := m.Decode(encoded); err != nil || !bytes.Equal(m.Append(nil), encoded) {
		t.Fatalf("after Reset and Decode %+v, %v", m, err)
	}
}
