package transporttest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/transport"
)

// Secured checks the contract of transport.Secured, beyond that of Run.
func Secured(t *testing.T, open Factory) {
	checks := map[string]func(*testing.T, Factory){
		"export":                      export,
		"bulk both ways":              bulkBothWays,
		"unread bulk delays nothing":  bulkApart,
		"one bulk each":               bulkOnce,
		"bulk write deadline":         bulkDeadline,
		"bulk is abandoned":           bulkAbandoned,
		"accept bulk ends by context": acceptBulkContext,
		"bulk ends with connection":   bulkEnds,
	}
	for name, check := range checks {
		t.Run(name, func(t *testing.T) { check(t, open) })
	}
}

// securedPair is pair for Secured connections.
func securedPair(t *testing.T, open Factory) (client, server transport.Secured) {
	t.Helper()
	a, b := pair(t, open)
	client, ok := a.(transport.Secured)
	server, also := b.(transport.Secured)
	if !ok || !also {
		t.Fatalf("%T and %T are not both Secured", a, b)
	}
	return client, server
}

// export finds keys alike at both ends, and others for another label, context or
// connection.
func export(t *testing.T, open Factory) {
	client, server := securedPair(t, open)
	other, _ := securedPair(t, open)
	key := func(c transport.Secured, label string, context []byte) string {
		k, err := c.Export(label, context, 32)
		if err != nil || len(k) != 32 {
			t.Fatalf("export: %d bytes, %v", len(k), err)
		}
		return string(k)
	}
	const label = "EXPORTER-TEST"
	base := key(client, label, []byte{1})
	if base != key(server, label, []byte{1}) {
		t.Error("the ends export different keys")
	}
	for what, k := range map[string]string{
		"label":      key(server, label+"-2", []byte{1}),
		"context":    key(server, label, []byte{2}),
		"connection": key(other, label, []byte{1}),
	} {
		if k == base {
			t.Errorf("another %s gave the same key", what)
		}
	}
}

// bulkBothWays sends a megabyte from each side beside the main stream.
func bulkBothWays(t *testing.T, open Factory) {
	client, server := securedPair(t, open)
	want := counting(0, 1<<20)
	ends := make(chan error, 4)
	for _, way := range [][2]transport.Secured{{client, server}, {server, client}} {
		go func() { ends <- pourBulk(way[0], want) }()
		go func() { ends <- drainBulk(way[1], want) }()
	}
	for range 4 {
		if err := within(t, "bulk", ends); err != nil {
			t.Fatal(err)
		}
	}
	duplex(t, client, server, 1024)
}

// pourBulk opens the bulk stream, writes p and closes it.
func pourBulk(c transport.Secured, p []byte) error {
	b, err := c.OpenBulk()
	if err != nil {
		return err
	}
	if _, err := b.Write(p); err != nil {
		return err
	}
	return b.Close()
}

// drainBulk accepts the bulk stream and compares it with want.
func drainBulk(c transport.Secured, want []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := c.AcceptBulk(ctx)
	if err != nil {
		return err
	}
	got, err := io.ReadAll(r)
	if err == nil && !bytes.Equal(got, want) {
		return errors.New("bulk bytes changed on the way")
	}
	return err
}

// bulkApart leaves a bulk stream unread until it is full; the main one goes on.
func bulkApart(t *testing.T, open Factory) {
	client, server := securedPair(t, open)
	b, err := server.OpenBulk()
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := b.Write(make([]byte, 16<<20))
		done <- err
	}()
	duplex(t, client, server, 64<<10)
	server.Close()
	if err := within(t, "bulk write", done); !errors.Is(err, transport.ErrClosed) {
		t.Errorf("a bulk write on a connection that closes: %v", err)
	}
}

// bulkOnce opens a second bulk stream, which is refused without waiting.
func bulkOnce(t *testing.T, open Factory) {
	client, server := securedPair(t, open)
	for _, c := range []transport.Secured{client, server} {
		if _, err := c.OpenBulk(); err != nil {
			t.Fatal(err)
		}
		err := await(t, "second OpenBulk", func() error { _, err := c.OpenBulk(); return err })
		if err == nil {
			t.Error("a second bulk stream was opened")
		}
	}
}

// bulkDeadline ends a bulk write that waits.
func bulkDeadline(t *testing.T, open Factory) {
	_, server := securedPair(t, open)
	b, err := server.OpenBulk()
	if err != nil {
		t.Fatal(err)
	}
	if err := b.SetWriteDeadline(time.Now().Add(soon)); err != nil {
		t.Fatal(err)
	}
	write := func() error { _, err := b.Write(make([]byte, 16<<20)); return err }
	if err := await(t, "bulk write", write); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a bulk write past its deadline: %v", err)
	}
}

// bulkAbandoned closes a bulk stream in the middle of a write. The peer must not
// take what it got for all of it, and the connection goes on.
func bulkAbandoned(t *testing.T, open Factory) {
	client, server := securedPair(t, open)
	b, err := server.OpenBulk()
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := b.Write(make([]byte, 16<<20))
		done <- err
	}()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := client.AcceptBulk(ctx) // the write is under way
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if err := within(t, "bulk write", done); err == nil {
		t.Error("a write that was abandoned went well")
	}
	err = await(t, "bulk read", func() error { _, err := io.Copy(io.Discard, r); return err })
	if err == nil {
		t.Error("half a bulk stream ended like a whole one")
	}
	duplex(t, client, server, 1024)
}

// acceptBulkContext stops waiting with the context.
func acceptBulkContext(t *testing.T, open Factory) {
	client, server := securedPair(t, open)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := await(t, "AcceptBulk", func() error { _, err := client.AcceptBulk(ctx); return err })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("AcceptBulk: %v", err)
	}
	duplex(t, client, server, 1024)
}

// bulkEnds closes a connection on which one waits for a bulk stream and the
// other reads one.
func bulkEnds(t *testing.T, open Factory) {
	client, server := securedPair(t, open)
	b, err := client.OpenBulk()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Write([]byte{1}); err != nil {
		t.Fatal(err)
	}
	r, err := server.AcceptBulk(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	ends := make(chan error, 2)
	go func() {
		_, err := client.AcceptBulk(context.Background())
		ends <- err
	}()
	go func() {
		_, err := io.ReadAll(r)
		ends <- err
	}()
	server.Close()
	client.Close()
	for range 2 {
		if err := within(t, "bulk", ends); err == nil {
			t.Error("a bulk stream outlived its connection")
		}
	}
	if _, err := client.OpenBulk(); !errors.Is(err, transport.ErrClosed) {
		t.Errorf("OpenBulk after Close: %v", err)
	}
	if _, err := client.AcceptBulk(context.Background()); !errors.Is(err, transport.ErrClosed) {
		t.Errorf("AcceptBulk after Close: %v", err)
	}
}
