package quic_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/gate/transport/quic"
	"github.com/sim-im/sim/gate/transport/tcp"
)

// TestBlockedUDP dials a gate whose UDP packets a firewall swallows: TCP is
// taken, and the next time at once. Where UDP works, it is taken.
func TestBlockedUDP(t *testing.T) {
	id := newIdentity(t)
	overTCP, err := tcp.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer overTCP.Close()
	hole, err := net.ListenPacket("udp", overTCP.Addr())
	for tries := 0; err != nil && tries < 16; tries++ { // the number is taken for UDP
		another, again := tcp.Listen("127.0.0.1:0")
		if again != nil {
			t.Fatal(again)
		}
		defer another.Close()
		overTCP = another
		hole, err = net.ListenPacket("udp", overTCP.Addr())
	}
	if err != nil {
		t.Fatal(err)
	}
	defer hole.Close()
	go acceptAll(overTCP)
	fallback := &transport.Fallback{
		First: quic.Dialer{TLS: id.client}, Then: tcp.Dialer{}, Patience: 20 * time.Millisecond,
	}
	for range 2 {
		c, err := fallback.Dial(context.Background(), overTCP.Addr())
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := c.(*quic.Conn); ok {
			t.Error("dialled through a hole")
		}
		c.Close()
	}

	patient := &transport.Fallback{First: fallback.First, Then: fallback.Then, Patience: 20 * time.Second}
	a, b, err := transport.ListenPair("127.0.0.1:0", tcp.Listen, func(addr string) (transport.Listener, error) {
		return quic.Listen(addr, id.server, quic.Options{})
	})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	defer b.Close()
	go acceptAll(b)
	c, err := patient.Dial(context.Background(), a.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, ok := c.(*quic.Conn); !ok {
		t.Errorf("dialled %T where UDP works", c)
	}
}

// acceptAll closes what it accepts.
func acceptAll(l transport.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		c.Close()
	}
}
