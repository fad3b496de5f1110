package transporttest

import (
	"bytes"
	"testing"

	"github.com/sim-im/sim/gate/transport"
)

// stuff fills the way to a peer that does not read, until TryWrite takes nothing
// any more, and returns what it took. The bytes count upwards modulo 251, which
// no power of two divides.
func stuff(t *testing.T, c transport.Conn) (taken int) {
	t.Helper()
	for taken < 1<<28 {
		n, err := c.TryWrite(counting(taken, 64<<10))
		if err != nil {
			t.Fatalf("TryWrite after %d bytes: %v", taken, err)
		}
		taken += n
		if n == 0 {
			return taken
		}
	}
	t.Fatalf("%d bytes went to a peer that does not read", taken)
	return 0
}

// counting returns the n bytes of the counting stream from offset on.
func counting(offset, n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte((offset + i) % 251)
	}
	return p
}

// partialTryWrite fills the way, reads everything, and finds that exactly what
// TryWrite counted has arrived and that the way is open again.
func partialTryWrite(t *testing.T, open Factory) {
	client, server := pair(t, open)
	taken := stuff(t, client)
	want := counting(0, taken+10)
	done := make(chan error, 1)
	go func() {
		_, err := client.Write(want[taken:])
		done <- err
	}()
	got := make([]byte, len(want))
	if err := full(server, got); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("what TryWrite counted is not what arrived")
	}
	if err := within(t, "write", done); err != nil {
		t.Fatal(err)
	}
}

// tryWriteEmpty writes nothing, which is neither an error nor an end.
func tryWriteEmpty(t *testing.T, open Factory) {
	client, server := pair(t, open)
	if n, err := client.TryWrite(nil); n != 0 || err != nil {
		t.Errorf("TryWrite(nil) = %d, %v", n, err)
	}
	if err := send(client, []byte{7}); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1)
	if err := full(server, b); err != nil || b[0] != 7 {
		t.Errorf("read %v, %v", b, err)
	}
}

// writeWaits writes more than the way holds before anybody reads.
func writeWaits(t *testing.T, open Factory) {
	client, server := pair(t, open)
	taken := stuff(t, client)
	want := counting(taken, 1<<20)
	done := make(chan error, 1)
	go func() {
		n, err := client.Write(want)
		if err == nil && n != len(want) {
			t.Errorf("Write = %d of %d without an error", n, len(want))
		}
		done <- err
	}()
	got := make([]byte, taken+len(want))
	if err := full(server, got); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got[taken:], want) {
		t.Error("bytes changed on the way")
	}
	if err := within(t, "write", done); err != nil {
		t.Fatal(err)
	}
}
