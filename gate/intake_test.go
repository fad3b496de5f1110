package gate

import (
	"bytes"
	"testing"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/gate/transport/memory"
)

// TestIntake consumes a stream in pieces of another size than it came in, and
// holds no buffer when it is through.
func TestIntake(t *testing.T) {
	a, b := memory.Pipe()
	defer a.Close()
	want := bytes.Repeat([]byte("0123456789abcdef"), 10_000)
	go func() {
		defer b.Close()
		for rest := want; len(rest) > 0; {
			n := min(len(rest), 7001)
			b.Write(rest[:n])
			rest = rest[n:]
		}
	}()
	in := &intake{conn: a, pool: new(transport.Pool)}
	var got []byte
	const piece = 16402
	for {
		for len(in.bytes()) >= piece {
			got = append(got, in.bytes()[:piece]...)
			in.consume(piece)
		}
		if len(got)+len(in.bytes()) == len(want) {
			got = append(got, in.bytes()...)
			in.consume(len(in.bytes()))
			break
		}
		if err := in.fill(); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(got, want) {
		t.Error("bytes differ")
	}
	if err := in.fill(); err == nil || in.buf != nil {
		t.Errorf("at the end: %v, buffer %v", err, in.buf != nil)
	}
}
