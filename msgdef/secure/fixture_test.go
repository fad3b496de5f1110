package secure

import (
	"bytes"
	"crypto/mlkem"
	"crypto/mlkem/mlkemtest"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// now is when every test happens.
var now = time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return now }

func suites() []Suite {
	return []Suite{HybridAESGCM, HybridChaCha, ClassicalAESGCM, ClassicalChaCha}
}

// seeded is a stream of bytes that depends on seed only.
func seeded(seed byte) io.Reader {
	return rand.NewChaCha8([32]byte{seed})
}

// ok stops the test on an error.
func ok[T any](tb testing.TB) func(T, error) T {
	return func(v T, err error) T {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return v
	}
}

// world is a root, a gate with a key of that root, and what they are made of.
type world struct {
	tb    testing.TB
	root  *RootKey
	gate  *GateKey
	roots *Roots
}

func newWorld(tb testing.TB) *world {
	tb.Helper()
	w := &world{tb: tb, root: ok[*RootKey](tb)(NewRootKey(seeded(1)))}
	w.gate = ok[*GateKey](tb)(NewGateKey(seeded(2), w.root, "gate-1", now.Add(-time.Hour), now.Add(24*time.Hour)))
	w.roots = ok[*Roots](tb)(NewRoots(w.root.Public()))
	return w
}

// in returns the same world for a subtest.
func (w *world) in(tb testing.TB) *world {
	same := *w
	same.tb = tb
	return &same
}

// client returns a handshake drawn from seed.
func (w *world) client(suite Suite, seed byte) *ClientHandshake {
	w.tb.Helper()
	return w.clientWith(ClientConfig{Suite: suite, Rand: seeded(seed)})
}

func (w *world) clientWith(c ClientConfig) *ClientHandshake {
	w.tb.Helper()
	if c.Roots == nil {
		c.Roots = w.roots
	}
	if c.Now == nil {
		c.Now = clock
	}
	return ok[*ClientHandshake](w.tb)(NewClientHandshake(c))
}

// server returns a handshake that admits every suite and draws from seed.
func (w *world) server(seed byte) *ServerHandshake {
	w.tb.Helper()
	return w.serverWith(ServerConfig{Rand: seeded(seed), encapsulate: encapsulateWith(seeded(seed + 100))})
}

func (w *world) serverWith(c ServerConfig) *ServerHandshake {
	w.tb.Helper()
	if c.Key == nil {
		c.Key = w.gate
	}
	if c.Admit == nil {
		c.Admit = suites()
	}
	return ok[*ServerHandshake](w.tb)(NewServerHandshake(c))
}

// encapsulateWith draws what the standard library would draw by itself.
func encapsulateWith(random io.Reader) encapsulator {
	return func(key *mlkem.EncapsulationKey768) (shared, ciphertext []byte, err error) {
		m := make([]byte, 32)
		if _, err := io.ReadFull(random, m); err != nil {
			return nil, nil, err
		}
		return mlkemtest.Encapsulate768(key, m)
	}
}

// ends are both sides of a session.
type ends struct{ client, server *Session }

// connect returns the same session every time.
func (w *world) connect(suite Suite) ends {
	w.tb.Helper()
	c := w.client(suite, 3)
	reply, server, err := w.server(4).Hello(c.Hello())
	if err != nil {
		w.tb.Fatal(err)
	}
	return ends{ok[*Session](w.tb)(c.Reply(reply)), server}
}

func (w *world) connectWith(cc ClientConfig, sc ServerConfig) ends {
	w.tb.Helper()
	c, s := w.clientWith(cc), w.serverWith(sc)
	reply, server, err := s.Hello(c.Hello())
	if err != nil {
		w.tb.Fatal(err)
	}
	return ends{ok[*Session](w.tb)(c.Reply(reply)), server}
}

// bound is connect with the login behind it.
func (w *world) bound(suite Suite) ends {
	w.tb.Helper()
	e := w.connect(suite)
	e.bind(w.tb)
	return e
}

func (e ends) bind(tb testing.TB) {
	tb.Helper()
	for _, s := range []*Session{e.client, e.server} {
		if err := s.Bind(sessionID(), []byte("login"), []byte("login ok")); err != nil {
			tb.Fatal(err)
		}
	}
}

func sessionID() (id [16]byte) {
	copy(id[:], "0123456789abcdef")
	return id
}

// text is a frame that holds s.
func text(s string) []byte { return frame.AppendRaw(nil, 0x8001, []byte(s)) }

func seal(tb testing.TB, s *Sealer, frames []byte) []byte {
	tb.Helper()
	return ok[[]byte](tb)(s.Append(nil, frames, now))
}

// receive opens every record of b, which it leaves as it is, and returns the
// bodies of the frames.
func receive(o *Opener, b []byte) (bodies []string, err error) {
	b = bytes.Clone(b)
	for len(b) > 0 {
		n, err := o.Open(b)
		if err != nil {
			return bodies, err
		}
		if n == 0 {
			return bodies, io.ErrUnexpectedEOF
		}
		b = b[n:]
		got, err := unread(o)
		bodies = append(bodies, got...)
		if err != nil {
			return bodies, err
		}
	}
	return bodies, nil
}

func unread(o *Opener) (bodies []string, err error) {
	for {
		f, ok, err := o.Next()
		if err != nil || !ok {
			return bodies, err
		}
		bodies = append(bodies, string(f.Body))
	}
}

// sealPlain seals bytes that a Sealer would not write.
func sealPlain(s *Sealer, plain []byte) []byte { return s.seal(nil, plain) }

func keyUpdate() []byte { return frame.Append(nil, &msgdef.KeyUpdate{}) }
