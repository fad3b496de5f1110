package transport_test

import (
	"errors"
	"net"
	"syscall"
	"testing"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/gate/transport/tcp"
)

// udpStub listens at a UDP port; only its address matters here.
type udpStub struct {
	transport.Listener
	*net.UDPConn
}

func (s udpStub) Addr() string { return s.LocalAddr().String() }
func (s udpStub) Close() error { return s.UDPConn.Close() }

func listenUDP(addr string) (transport.Listener, error) {
	at, err := net.ResolveUDPAddr("udp", addr)
	if err != nil {
		return nil, err
	}
	c, err := net.ListenUDP("udp", at)
	if err != nil {
		return nil, err
	}
	return udpStub{UDPConn: c}, nil
}

// TestListenPair chooses a port for both.
func TestListenPair(t *testing.T) {
	a, b, err := transport.ListenPair("127.0.0.1:0", tcp.Listen, listenUDP)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	defer b.Close()
	if a.Addr() != b.Addr() {
		t.Errorf("%s and %s", a.Addr(), b.Addr())
	}
	if _, _, err := transport.ListenPair(a.Addr(), tcp.Listen, listenUDP); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("an address in use: %v", err)
	}
	if _, _, err := transport.ListenPair("nonsense", tcp.Listen, listenUDP); err == nil {
		t.Error("listened on nonsense")
	}
}

// TestListenPairTriesAgain finds the first ports taken for UDP, and gives up
// after a while; what was opened in vain is closed.
func TestListenPairTriesAgain(t *testing.T) {
	for taken, works := range map[int]bool{3: true, 1 << 20: false} {
		tries, tried := 0, []string{}
		a, b, err := transport.ListenPair("127.0.0.1:0", tcp.Listen, func(addr string) (transport.Listener, error) {
			if tries++; tries <= taken {
				tried = append(tried, addr)
				return nil, syscall.EADDRINUSE
			}
			return listenUDP(addr)
		})
		if works != (err == nil) {
			t.Fatalf("%d ports taken: %v", taken, err)
		}
		if works {
			a.Close()
			b.Close()
		}
		for _, addr := range tried {
			if l, err := tcp.Listen(addr); err != nil {
				t.Errorf("a port given up is still taken: %v", err)
			} else {
				l.Close()
			}
		}
	}
}
