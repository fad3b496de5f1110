package secure

import (
	"errors"
	"testing"

	"github.com/sim-im/sim/msgdef/codec"
)

// TestCodecOfHello has the gate speak what the client asked for.
func TestCodecOfHello(t *testing.T) {
	w := newWorld(t)
	for _, id := range codec.All() {
		e := w.connectWith(ClientConfig{Suite: ClassicalAESGCM, Codec: id}, ServerConfig{Codecs: codec.All()})
		if e.client.Codec() != id || e.server.Codec() != id {
			t.Errorf("%v: client has %v, gate %v", id, e.client.Codec(), e.server.Codec())
		}
	}
}

// TestCodecChangedOnItsWay makes a gate that has both take the other one: the
// prologue and the exporter's context cover that byte of Hello, so there is no
// session.
func TestCodecChangedOnItsWay(t *testing.T) {
	w := newWorld(t)
	for _, suite := range suites() {
		c, s := w.client(suite, 3), w.serverWith(ServerConfig{Codecs: codec.All()})
		hello := append([]byte(nil), c.Hello()...)
		hello[5] = byte(codec.JSON)
		reply, _, err := s.Hello(hello)
		if err != nil {
			t.Fatalf("%v: the gate refuses the other codec: %v", suite, err)
		}
		if _, err := c.Reply(reply); !errors.Is(err, ErrAuth) {
			t.Errorf("%v: a changed codec gives %v", suite, err)
		}
	}
}

// TestCodecChangedInsideTLS is the same over QUIC, where the first record does
// not open.
func TestCodecChangedInsideTLS(t *testing.T) {
	w := newWorld(t)
	export := func(label string, context []byte, n int) ([]byte, error) {
		sum := make([]byte, n)
		copy(sum, label+string(context)+label) // another context, other keys
		copy(sum[len(sum)-len(context):], context)
		return sum, nil
	}
	c, err := NewTLSClientHandshake(ClientConfig{Roots: w.roots, Now: clock}, export)
	if err != nil {
		t.Fatal(err)
	}
	hello := append([]byte(nil), c.Hello()...)
	hello[5] = byte(codec.JSON)
	_, server, err := w.serverWith(ServerConfig{Codecs: codec.All()}).TLSHello(hello, export)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := receive(&server.In, seal(t, &c.Session().Out, text("login"))); !errors.Is(err, ErrAuth) {
		t.Errorf("a changed codec gives %v", err)
	}
}
