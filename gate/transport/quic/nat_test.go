package quic_test

import (
	"net"
	"sync"
	"testing"
)

// nat is a UDP proxy for one client that can change the port by which the server
// knows it. What comes to the port before is lost, as with a NAT that forgot.
type nat struct {
	t      testing.TB
	inside *net.UDPConn
	server *net.UDPAddr
	serve  sync.WaitGroup

	mu      sync.Mutex
	outside *net.UDPConn
	former  []*net.UDPConn // stay bound, so that no port comes twice
	client  *net.UDPAddr   // nil before its first packet
}

// newNAT starts a proxy that ends with the test.
func newNAT(t testing.TB, server string) *nat {
	t.Helper()
	addr, err := net.ResolveUDPAddr("udp", server)
	if err != nil {
		t.Fatal(err)
	}
	n := &nat{t: t, server: addr, inside: bind(t)}
	n.rebind()
	n.serve.Go(n.outwards)
	t.Cleanup(func() {
		n.inside.Close()
		n.mu.Lock()
		for _, c := range append(n.former, n.outside) {
			c.Close()
		}
		n.mu.Unlock()
		n.serve.Wait()
	})
	return n
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

func (n *nat) addr() string { return n.inside.LocalAddr().String() }

// rebind takes another port.
func (n *nat) rebind() {
	next := bind(n.t)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.outside != nil {
		n.former = append(n.former, n.outside)
	}
	n.outside = next
	n.serve.Go(func() { n.inwards(next) })
}

// outwards carries packets to the server.
func (n *nat) outwards() {
	buf := make([]byte, 64<<10)
	for {
		size, from, err := n.inside.ReadFromUDP(buf)
		if err != nil {
			return
		}
		if size < 20 {
			continue // the knock at the door, from another socket
		}
		n.mu.Lock()
		n.client = from
		n.outside.WriteTo(buf[:size], n.server)
		n.mu.Unlock()
	}
}

// inwards carries packets to the client.
func (n *nat) inwards(c *net.UDPConn) {
	buf := make([]byte, 64<<10)
	for {
		size, _, err := c.ReadFromUDP(buf)
		if err != nil {
			return
		}
		n.mu.Lock()
		if n.client != nil && c == n.outside {
			n.inside.WriteTo(buf[:size], n.client)
		}
		n.mu.Unlock()
	}
}
