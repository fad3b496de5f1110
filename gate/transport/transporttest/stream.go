package transporttest

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"math/rand/v2"
	"testing"

	"github.com/sim-im/sim/gate/transport"
)

// order sends numbered records and reads them back.
func order(t *testing.T, open Factory) {
	client, server := pair(t, open)
	const records = 5000
	done := make(chan error, 1)
	go func() {
		var b [8]byte
		for i := range uint64(records) {
			binary.LittleEndian.PutUint64(b[:], i)
			if err := send(client, b[:]); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	var b [8]byte
	for want := range uint64(records) {
		if err := full(server, b[:]); err != nil {
			t.Fatalf("record %d: %v", want, err)
		}
		if got := binary.LittleEndian.Uint64(b[:]); got != want {
			t.Fatalf("record %d came in the place of %d", got, want)
		}
	}
	if err := within(t, "writer", done); err != nil {
		t.Fatal(err)
	}
}

// integrity streams megabytes both ways at once in pieces of random length.
func integrity(t *testing.T, open Factory) {
	client, server := pair(t, open)
	duplex(t, client, server, 4<<20)
}

// concurrent has many connections of one listener busy at once.
func concurrent(t *testing.T, open Factory) {
	l, d := open(t)
	defer l.Close()
	for i := range 16 {
		client, server := connect(t, l, d)
		t.Run(fmt.Sprint("connection ", i), func(t *testing.T) {
			t.Parallel()
			duplex(t, client, server, 256<<10)
		})
	}
}

// duplex sends size bytes in both directions and compares digests.
func duplex(t *testing.T, a, b transport.Conn, size int) {
	t.Helper()
	ends := make(chan error, 4)
	var sums [4]hash.Hash
	for i := range sums {
		sums[i] = sha256.New()
	}
	go func() { ends <- pour(a, size, 1, sums[0]) }()
	go func() { ends <- pour(b, size, 2, sums[1]) }()
	go func() { ends <- drain(b, size, sums[2]) }()
	go func() { ends <- drain(a, size, sums[3]) }()
	for range 4 {
		if err := within(t, "stream", ends); err != nil {
			t.Fatal(err)
		}
	}
	for i, direction := range []string{"there", "back"} {
		if !bytes.Equal(sums[i].Sum(nil), sums[i+2].Sum(nil)) {
			t.Errorf("bytes changed on the way %s", direction)
		}
	}
}

// pour writes size random bytes and adds them to sum.
func pour(c transport.Conn, size int, seed uint64, sum hash.Hash) error {
	random := rand.New(rand.NewPCG(seed, 0))
	source := rand.NewChaCha8([32]byte{byte(seed)})
	buf := make([]byte, 24<<10)
	for size > 0 {
		p := buf[:min(size, 1+random.IntN(len(buf)))]
		if _, err := source.Read(p); err != nil {
			return err
		}
		sum.Write(p)
		if err := send(c, p); err != nil {
			return err
		}
		size -= len(p)
	}
	return nil
}

// drain reads size bytes through a pool and adds them to sum. Every buffer is
// dirtied before it goes back, so a transport that keeps it is caught.
func drain(c transport.Conn, size int, sum hash.Hash) error {
	var pool transport.Pool
	for size > 0 {
		buf, n, err := c.ReadPooled(&pool)
		if err != nil {
			return err
		}
		if n == 0 || n > len(buf) {
			return fmt.Errorf("ReadPooled: %d bytes in a buffer of %d", n, len(buf))
		}
		sum.Write(buf[:n])
		clear(buf)
		pool.Put(buf)
		size -= n
	}
	if size < 0 {
		return fmt.Errorf("%d bytes more than were sent", -size)
	}
	return nil
}

// mixedReads takes a stream alternately with both kinds of read.
func mixedReads(t *testing.T, open Factory) {
	client, server := pair(t, open)
	want := []byte("abcdefghijklmnopqrstuvwxyz")
	if err := send(client, want); err != nil {
		t.Fatal(err)
	}
	var got []byte
	var pool transport.Pool
	one := make([]byte, 1)
	for i := 0; len(got) < len(want); i++ {
		if i%2 == 0 {
			if err := full(server, one); err != nil {
				t.Fatal(err)
			}
			got = append(got, one...)
			continue
		}
		buf, n, err := server.ReadPooled(&pool)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, buf[:n]...)
		pool.Put(buf)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("read %q, want %q", got, want)
	}
}
