package quic_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/gate/transport/quic"
	"github.com/sim-im/sim/gate/transport/transporttest"
)

// TestMigrate changes the client's address ten times in the middle of a stream
// in both directions; no byte is lost, and the server sees the new addresses.
func TestMigrate(t *testing.T) {
	l, d := listenWith(t, quic.Options{})
	defer l.Close()
	client, server := connect(t, l, d)
	if err := server.Migrate(context.Background()); !errors.Is(err, quic.ErrServer) {
		t.Errorf("a server migrated: %v", err)
	}
	seen := map[netip.AddrPort]bool{server.RemoteAddr(): true}
	duplex(t, client, server, func(i int) {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := client.Migrate(ctx); err != nil {
			t.Errorf("migration %d: %v", i, err)
		}
		note(server, seen)
	})
	if len(seen) <= migrations/2 {
		t.Errorf("the server saw %d addresses after %d migrations", len(seen), migrations)
	}
	if got := client.RemoteAddr().String(); got != l.Addr() {
		t.Errorf("the client's peer is %s, not %s", got, l.Addr())
	}
}

// TestMigrateFails moves to where nothing answers: the connection stays where it
// was.
func TestMigrateFails(t *testing.T) {
	l, d := listenWith(t, quic.Options{})
	defer l.Close()
	client, server := connect(t, l, d)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := client.Migrate(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("migrate with a cancelled context: %v", err)
	}
	if err := client.Migrate(context.Background()); err != nil {
		t.Errorf("migrate afterwards: %v", err)
	}
	exchange(t, client, server)
	client.Close()
	if err := client.Migrate(context.Background()); !errors.Is(err, transport.ErrClosed) {
		t.Errorf("migrate after close: %v", err)
	}
}

// TestRebinding puts a NAT between the ends that forgets its mapping in the
// middle of a stream.
func TestRebinding(t *testing.T) {
	l, d := listenWith(t, quic.Options{})
	defer l.Close()
	nat := transporttest.NewNAT(t, l.Addr())
	client, server := connectTo(t, l, d, nat.Addr())
	seen := map[netip.AddrPort]bool{server.RemoteAddr(): true}
	duplex(t, client, server, func(int) {
		nat.Rebind()
		note(server, seen)
	})
	if len(seen) <= migrations/2 {
		t.Errorf("the server saw %d addresses after %d rebindings", len(seen), migrations)
	}
}

// migrations is how often duplex has the address change.
const migrations = 10

// note waits a little until the server sees an address that it has not seen. It
// sees none where the client had sent all of its step before it moved: then it
// does with the next one.
func note(server *quic.Conn, seen map[netip.AddrPort]bool) {
	for range 2000 {
		if addr := server.RemoteAddr(); !seen[addr] {
			seen[addr] = true
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// exchange sends a word each way.
func exchange(t *testing.T, client, server transport.Conn) {
	t.Helper()
	for _, way := range [][2]transport.Conn{{client, server}, {server, client}} {
		if _, err := way[0].Write([]byte("word")); err != nil {
			t.Fatal(err)
		}
		way[1].SetReadDeadline(time.Now().Add(20 * time.Second))
		got := make([]byte, 4)
		if _, err := io.ReadFull(way[1], got); err != nil || string(got) != "word" {
			t.Fatalf("read %q, %v", got, err)
		}
	}
}

// duplex streams both ways, and changes something after every step of them: they
// go on meanwhile, up to their next steps.
func duplex(t *testing.T, client, server *quic.Conn, change func(int)) {
	t.Helper()
	ends := make(chan error, 4)
	there, back := make(chan struct{}), make(chan struct{})
	go func() { ends <- pour(client, 1, there) }()
	go func() { ends <- pour(server, 2, back) }()
	go func() { ends <- drain(server, 1) }()
	go func() { ends <- drain(client, 2) }()
	finished := 0
	await := func(step <-chan struct{}) {
		t.Helper()
		for {
			select {
			case <-step:
				return
			case err := <-ends:
				if err != nil {
					t.Fatal(err)
				}
				if finished++; step == nil {
					return
				}
			case <-time.After(20 * time.Second):
				t.Fatal("the streams stand still")
			}
		}
	}
	for i := range migrations {
		await(there)
		await(back)
		change(i)
	}
	for finished < cap(ends) {
		await(nil)
	}
}

// A stream is made of steps, a step of pieces; a piece is written at once.
const (
	pieceSize = 16 << 10
	pieces    = 128
)

// pour writes the random stream of a seed, and its digest. It waits at each step
// but the last.
func pour(c transport.Conn, seed byte, step chan<- struct{}) error {
	source := rand.NewChaCha8([32]byte{seed})
	buf := make([]byte, pieceSize)
	sum := sha256.New()
	for i := range (migrations + 1) * pieces {
		if i > 0 && i%pieces == 0 {
			step <- struct{}{}
		}
		source.Read(buf)
		sum.Write(buf)
		if _, err := c.Write(buf); err != nil {
			return fmt.Errorf("piece %d: %w", i, err)
		}
	}
	_, err := c.Write(sum.Sum(nil))
	return err
}

// drain reads what pour writes.
func drain(c transport.Conn, seed byte) error {
	sum := sha256.New()
	if _, err := io.CopyN(sum, c, (migrations+1)*pieces*pieceSize); err != nil {
		return err
	}
	want := make([]byte, sha256.Size)
	if _, err := io.ReadFull(c, want); err != nil {
		return err
	}
	if !bytes.Equal(sum.Sum(nil), want) {
		return fmt.Errorf("stream %d changed on the way", seed)
	}
	return nil
}
