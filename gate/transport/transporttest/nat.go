package transporttest

import (
	"net"
	"net/netip"
	"sync"
	"testing"
)

// NAT is a UDP proxy before a server that can change the ports by which the server
// knows its clients. What comes to a port before is lost, as with a NAT that
// forgot.
type NAT struct {
	t      testing.TB
	inside *net.UDPConn
	server netip.AddrPort
	serve  sync.WaitGroup

	mu       sync.Mutex
	mappings map[netip.AddrPort]*mapping // by the address of the client
	former   []*net.UDPConn              // stay bound, so that no port comes twice
}

// mapping is a client's port.
type mapping struct {
	client     netip.AddrPort
	outside    *net.UDPConn
	went, came int // packets over outside, to the server and of it
}

// NewNAT starts a proxy that ends with the test.
func NewNAT(t testing.TB, server string) *NAT {
	t.Helper()
	addr, err := netip.ParseAddrPort(server)
	if err != nil {
		t.Fatal(err)
	}
	n := &NAT{t: t, server: addr, mappings: make(map[netip.AddrPort]*mapping)}
	if n.inside, err = bind(); err != nil {
		t.Fatal(err)
	}
	n.serve.Go(n.outwards)
	t.Cleanup(n.close)
	return n
}

// bind opens a socket on a free port of 127.0.0.1.
func bind() (*net.UDPConn, error) {
	return net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
}

func (n *NAT) close() {
	n.inside.Close()
	n.mu.Lock()
	for _, m := range n.mappings {
		m.outside.Close()
	}
	for _, c := range n.former {
		c.Close()
	}
	n.mu.Unlock()
	n.serve.Wait()
}

// Addr returns where clients find the server.
func (n *NAT) Addr() string { return n.inside.LocalAddr().String() }

// Rebind gives every client another port.
func (n *NAT) Rebind() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, m := range n.mappings {
		n.former = append(n.former, m.outside)
		n.open(m)
	}
}

// Clients returns how many sockets there were on the side of the clients.
func (n *NAT) Clients() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.mappings)
}

// probes is how many packets a server sends to a port in order to find out whether
// its client is there.
const probes = 4

// Followed reports whether the server knows so many clients by their present ports,
// and everybody who has said anything from there.
func (n *NAT) Followed(clients int) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, m := range n.mappings {
		switch {
		case m.came > probes:
			clients--
		case m.went > 0:
			return false
		}
	}
	return clients <= 0
}

// open gives a client a port. mu is held. Without one the test has failed, and the
// client is left with what it had.
func (n *NAT) open(m *mapping) {
	next, err := bind()
	if err != nil {
		n.t.Error(err)
		return
	}
	m.outside, m.went, m.came = next, 0, 0
	n.serve.Go(func() { n.inwards(next, m) })
}

// outwards carries packets to the server.
func (n *NAT) outwards() {
	buf := make([]byte, 64<<10)
	for {
		size, from, err := n.inside.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		if size < 20 {
			continue // the knock at the door, from another socket
		}
		n.mu.Lock()
		m := n.mappings[from]
		if m == nil {
			m = &mapping{client: from}
			if n.open(m); m.outside != nil {
				n.mappings[from] = m
			}
		}
		if m.outside != nil {
			m.went++
			_, _ = m.outside.WriteToUDPAddrPort(buf[:size], n.server)
		}
		n.mu.Unlock()
	}
}

// inwards carries packets to a client, for as long as the port is its.
func (n *NAT) inwards(c *net.UDPConn, m *mapping) {
	buf := make([]byte, 64<<10)
	for {
		size, _, err := c.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		n.mu.Lock()
		if c == m.outside {
			m.came++
			_, _ = n.inside.WriteToUDPAddrPort(buf[:size], m.client)
		}
		n.mu.Unlock()
	}
}
