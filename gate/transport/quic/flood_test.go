package quic_test

import (
	"context"
	"net"
	"runtime"
	"testing"
	"time"

	quicgo "github.com/quic-go/quic-go"

	"github.com/sim-im/sim/gate/transport/quic"
)

// flooded starts a listener that takes one handshake of an address, ever, has a
// connection, and uses all up that the address of these tests may send. No packet
// of the flood is under way when it returns.
func flooded(t *testing.T) (l *quic.Listener, d quic.Dialer, exchangeAgain func()) {
	t.Helper()
	l, d = listenWith(t, quic.Options{Rate: func() (float64, int) { return 1e-9, 1 }})
	t.Cleanup(func() { l.Close() })
	client, server := connect(t, l, d)
	attacker, err := net.Dial("udp", l.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer attacker.Close()
	hello := append([]byte{0xc0, 0, 0, 0, 1, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0}, make([]byte, 1200)...)
	counted := func() uint64 { now := l.Stats(); return now.Dropped[quic.DropHello] + now.Retried }
	for l.Stats().Dropped[quic.DropHello] < 20 {
		before := counted()
		attacker.Write(hello)
		for deadline := time.Now().Add(time.Minute); counted() == before; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("a packet of the flood was neither dropped nor answered")
			}
		}
	}
	return l, d, func() { exchange(t, client, server) }
}

// TestFloodedAddress floods from an address. A connection that is there already
// notices nothing, and honest clients at the same address get in, now and then,
// by sending again; they prove that they are there.
func TestFloodedAddress(t *testing.T) {
	if testing.Short() {
		t.Skip("clients send again after up to seconds")
	}
	l, d, again := flooded(t)
	before := l.Stats()
	again()
	if now := l.Stats(); now.Dropped[quic.DropHello] != before.Dropped[quic.DropHello] || now.Dropped[quic.DropToken] != 0 {
		t.Errorf("packets of a connection were dropped: %v, before %v", now.Dropped, before.Dropped)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute) // three of four get in, in five seconds
	defer cancel()
	for {
		c, err := d.Dial(ctx, l.Addr())
		if err == nil {
			defer c.Close()
			break
		}
		if ctx.Err() != nil {
			t.Fatal("nobody at a flooded address gets in")
		}
	}
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if l.Stats().Retried == before.Retried {
		t.Error("who was lucky did not have to prove the address")
	}
}

// TestOtherAddress dials from another address than the flood's: at once, without
// a proof, and nothing is lost.
func TestOtherAddress(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the machine has one loopback address")
	}
	l, d, _ := flooded(t)
	before := l.Stats()
	socket, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 2)})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	packets := &quicgo.Transport{Conn: socket}
	defer packets.Close()
	config := d.TLS.Clone()
	config.ServerName = "127.0.0.1"
	to, err := net.ResolveUDPAddr("udp", l.Addr())
	if err != nil {
		t.Fatal(err)
	}
	c, err := packets.Dial(context.Background(), to, config, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseWithError(0, "")
	if now := l.Stats(); now.Retried != before.Retried || now.Dropped[quic.DropHello] != before.Dropped[quic.DropHello] {
		t.Errorf("%d retried and %v dropped, before %d and %v", now.Retried, now.Dropped, before.Retried, before.Dropped)
	}
}
