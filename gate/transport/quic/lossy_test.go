package quic_test

import (
	"math/rand/v2"
	"net"
	"sync"
	"testing"
)

// lossy is a UDP proxy for many clients that loses packets. Each client gets a
// port of its own towards the server.
type lossy struct {
	inside *net.UDPConn
	server *net.UDPAddr
	work   sync.WaitGroup

	mu      sync.Mutex
	lose    loss
	clients map[string]*net.UDPConn // by their address
}

// loss decides whether a packet is lost that goes out to the server, or in to a
// client. It is never called twice at once.
type loss func(out bool) bool

// percent loses so many of a hundred packets.
func percent(n int) loss {
	dice := rand.New(rand.NewPCG(1, 2))
	return func(bool) bool { return dice.IntN(100) < n }
}

// oneWay loses everything to the clients.
func oneWay(out bool) bool { return !out }

// nothing is lost.
func nothing(bool) bool { return false }

// newLossy starts a proxy that ends with the test.
func newLossy(t testing.TB, server string, lose loss) *lossy {
	t.Helper()
	addr, err := net.ResolveUDPAddr("udp", server)
	if err != nil {
		t.Fatal(err)
	}
	l := &lossy{server: addr, inside: bind(t), lose: lose, clients: make(map[string]*net.UDPConn)}
	l.work.Go(l.outwards)
	t.Cleanup(l.close)
	return l
}

func (l *lossy) addr() string { return l.inside.LocalAddr().String() }

// change loses other packets from now on.
func (l *lossy) change(lose loss) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lose = lose
}

// close ends the proxy.
func (l *lossy) close() {
	l.inside.Close()
	l.mu.Lock()
	for _, c := range l.clients {
		c.Close()
	}
	l.mu.Unlock()
	l.work.Wait()
}

// outwards carries packets to the server.
func (l *lossy) outwards() {
	buf := make([]byte, 64<<10)
	for {
		size, from, err := l.inside.ReadFromUDP(buf)
		if err != nil {
			return
		}
		if size < 20 {
			continue // a knock at the door
		}
		l.mu.Lock()
		if !l.lose(true) {
			l.client(from).Write(buf[:size])
		}
		l.mu.Unlock()
	}
}

// client returns the way to the server of a client. The lock is held.
func (l *lossy) client(from *net.UDPAddr) *net.UDPConn {
	if c, ok := l.clients[from.String()]; ok {
		return c
	}
	c, err := net.DialUDP("udp4", nil, l.server)
	if err != nil {
		panic(err) // out of ports or files: the machine is at fault
	}
	l.clients[from.String()] = c
	l.work.Go(func() { l.inwards(c, from) })
	return c
}

// inwards carries packets to a client.
func (l *lossy) inwards(c *net.UDPConn, to *net.UDPAddr) {
	buf := make([]byte, 64<<10)
	for {
		size, err := c.Read(buf)
		if err != nil {
			return
		}
		l.mu.Lock()
		if !l.lose(false) {
			l.inside.WriteTo(buf[:size], to)
		}
		l.mu.Unlock()
	}
}

// bind opens a socket on a free port of 127.0.0.1.
func bind(t testing.TB) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}
