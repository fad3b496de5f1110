package transporttest

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/transport"
)

// soon is how far ahead deadlines of the suite are. A read may reach the
// deadline before it has begun to wait; it must fail all the same.
const soon = 20 * time.Millisecond

// readDeadline ends reads that wait, and those that come too late.
func readDeadline(t *testing.T, open Factory) {
	client, _ := pair(t, open)
	var pool transport.Pool
	reads := map[string]func() error{
		"Read":       func() error { _, err := client.Read(make([]byte, 1)); return err },
		"ReadPooled": func() error { _, _, err := client.ReadPooled(&pool); return err },
	}
	for name, read := range reads {
		for _, ahead := range []time.Duration{soon, -time.Second} {
			if err := client.SetReadDeadline(time.Now().Add(ahead)); err != nil {
				t.Fatal(err)
			}
			if err := await(t, name, read); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%s with a deadline %v ahead: %v", name, ahead, err)
			}
		}
	}
}

// writeDeadline ends a write that waits, and leaves reads alone.
func writeDeadline(t *testing.T, open Factory) {
	client, server := pair(t, open)
	stuff(t, client)
	if err := client.SetWriteDeadline(time.Now().Add(soon)); err != nil {
		t.Fatal(err)
	}
	write := func() error { _, err := client.Write(make([]byte, 16<<20)); return err }
	if err := await(t, "Write", write); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("Write past its deadline: %v", err)
	}
	if err := send(server, []byte{1}); err != nil {
		t.Fatal(err)
	}
	if err := full(client, make([]byte, 1)); err != nil {
		t.Errorf("a write deadline ended a read: %v", err)
	}
}

// deadlineLifted goes on after a deadline, and waits without one.
func deadlineLifted(t *testing.T, open Factory) {
	client, server := pair(t, open)
	one := make([]byte, 1)
	client.SetReadDeadline(time.Now().Add(-time.Second))
	if err := full(client, one); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("read past its deadline: %v", err)
	}
	client.SetReadDeadline(time.Now().Add(time.Hour)) // replaced before it comes
	client.SetReadDeadline(time.Time{})
	done := make(chan error, 1)
	go func() { done <- full(client, one) }()
	if err := send(server, []byte{9}); err != nil {
		t.Fatal(err)
	}
	if err := within(t, "read", done); err != nil || one[0] != 9 {
		t.Errorf("read %v, %v", one, err)
	}
}

// deadlineMoved puts a deadline off while a read waits for it, which then ends by
// the later one, on both sides.
func deadlineMoved(t *testing.T, open Factory) {
	client, server := pair(t, open)
	for _, conn := range []transport.Conn{client, server} {
		for !putOff(t, conn) { // the machine was too slow
		}
	}
}

// putOff returns false when the first deadline had passed before it was moved.
func putOff(t *testing.T, conn transport.Conn) bool {
	t.Helper()
	first := time.Now().Add(soon)
	conn.SetReadDeadline(first)
	done := make(chan error, 1)
	go func() { done <- full(conn, make([]byte, 1)) }()
	time.Sleep(soon / 2)
	later := first.Add(soon)
	conn.SetReadDeadline(later)
	inTime := time.Now().Before(first)
	if err := within(t, "read", done); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("read with a deadline that was moved: %v", err)
	}
	if early := time.Until(later); inTime && early > 0 {
		t.Errorf("ended %v before its deadline", early)
	}
	return inTime
}

// await runs call and fails the test when it hangs.
func await(t *testing.T, what string, call func() error) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- call() }()
	return within(t, what, done)
}
