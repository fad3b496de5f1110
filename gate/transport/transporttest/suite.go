package transporttest

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/transport"
)

// patience ends a check that would hang; none that passes comes near it.
const patience = 30 * time.Second

// Factory opens a listener on a free address and the dialer that reaches it.
// The suite closes the listener.
type Factory func(t testing.TB) (transport.Listener, transport.Dialer)

// Run checks the contract.
func Run(t *testing.T, open Factory) {
	checks := map[string]func(*testing.T, Factory){
		"order":                     order,
		"integrity":                 integrity,
		"concurrent connections":    concurrent,
		"partial try-write":         partialTryWrite,
		"try-write empty":           tryWriteEmpty,
		"write waits for room":      writeWaits,
		"pooled and plain mix":      mixedReads,
		"read deadline":             readDeadline,
		"write deadline":            writeDeadline,
		"deadline is lifted":        deadlineLifted,
		"deadline is moved":         deadlineMoved,
		"close unblocks read":       closeUnblocksRead,
		"close unblocks write":      closeUnblocksWrite,
		"end after the last byte":   endAfterLastByte,
		"write to a peer that left": peerLeft,
		"use after close":           useAfterClose,
		"accept after close":        acceptAfterClose,
		"close unblocks accept":     closeUnblocksAccept,
		"accepted outlive listener": acceptedOutlive,
		"dial nobody":               dialNobody,
		"dial cancelled":            dialCancelled,
	}
	for name, check := range checks {
		t.Run(name, func(t *testing.T) { check(t, open) })
	}
}

// pair opens a connection and closes both ends when the test is over.
func pair(t testing.TB, open Factory) (client, server transport.Conn) {
	t.Helper()
	l, d := open(t)
	defer l.Close()
	return connect(t, l, d)
}

// connect dials l and accepts.
func connect(t testing.TB, l transport.Listener, d transport.Dialer) (client, server transport.Conn) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	client, err := d.Dial(ctx, l.Addr())
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	t.Cleanup(func() { client.Close() })
	server, err = l.Accept()
	if err != nil {
		t.Fatalf("accept: %v", err)
	}
	t.Cleanup(func() { server.Close() })
	return client, server
}

// within waits for a goroutine that reports to done.
func within(t testing.TB, what string, done <-chan error) error {
	t.Helper()
	select {
	case err := <-done:
		return err
	case <-time.After(patience):
		t.Fatalf("%s: still blocked after %v", what, patience)
		return nil
	}
}

// send writes all of p the way a gate does: as much as goes at once, then the
// rest with a write that waits.
func send(c transport.Conn, p []byte) error {
	n, err := c.TryWrite(p)
	if err != nil || n == len(p) {
		return err
	}
	_, err = c.Write(p[n:])
	return err
}

// full adapts a Conn to io.Reader for io.ReadFull.
func full(c transport.Conn, p []byte) error {
	_, err := io.ReadFull(c, p)
	return err
}
