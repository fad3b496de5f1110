package wiretest

import "testing"

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
