package quic

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	quicgo "github.com/quic-go/quic-go"

	"github.com/sim-im/sim/gate/transport"
)

// Dialer opens QUIC connections. It implements transport.Dialer; the
// connections are of type *Conn.
type Dialer struct {
	// TLS checks the gate's certificate and names the protocols. It is needed and
	// not changed. Without a ServerName the host of the address is taken.
	TLS *tls.Config

	// KeepAlive, when not 0, has a packet sent whenever nothing else was for so
	// long. Heartbeats do the same; NATs forget UDP sooner than TCP, some in 30 s.
	KeepAlive time.Duration

	// Greeting is how long a read waits for the gate to accept the connection,
	// which then ends with syscall.ETIMEDOUT. 0 means 10 s.
	Greeting time.Duration

	// Linger is how long a closed connection waits for the peer. 0 means the
	// constant of this name.
	Linger time.Duration
}

// Dial connects to addr, a host:port, and opens the main stream. The addresses
// of a name are tried one after the other. The context bounds the wait and has
// no effect on the connection afterwards. A handshake that fails is a
// *HandshakeError; the context's own error is inside when that ended the wait.
func (d Dialer) Dial(ctx context.Context, addr string) (transport.Conn, error) {
	if err := checkTLS(d.TLS); err != nil {
		return nil, err
	}
	host, peers, err := resolve(ctx, addr)
	if err != nil {
		return nil, fmt.Errorf("quic: dial %s: %w", addr, err)
	}
	config := d.TLS
	if config.ServerName == "" {
		config = config.Clone()
		config.ServerName = host
	}
	var failed error
	for _, peer := range peers {
		c, err := d.dial(ctx, peer, config)
		if err == nil {
			return c, nil
		}
		failed = err
		if ctx.Err() != nil {
			break
		}
	}
	return nil, &HandshakeError{Addr: addr, Reason: classify(failed), Err: failed}
}

// dial connects to one address.
func (d Dialer) dial(ctx context.Context, peer netip.AddrPort, config *tls.Config) (*Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	first, err := openPath(peer)
	if err != nil {
		return nil, err
	}
	c, err := d.handshake(ctx, first, peer, config)
	if err != nil {
		first.close()
		return nil, err
	}
	main, err := c.OpenStream()
	if err == nil {
		_, err = main.Write([]byte{StreamMain})
	}
	if err != nil {
		_ = c.CloseWithError(codeNoStream, "") // always nil
		first.close()
		return nil, err
	}
	first.socket.durable.Store(true)
	conn := newConn(c, main, new(transport.Pool), d.linger())
	conn.greeting = d.greeting()
	conn.paths = &paths{peer: peer, all: []*path{first}}
	conn.watch()
	return conn, nil
}

// handshake knocks and dials at once: QUIC alone would not hear that nobody
// listens, and wait.
func (d Dialer) handshake(ctx context.Context, p *path, peer netip.AddrPort, config *tls.Config) (*quicgo.Conn, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	closed := knock(peer, cancel)
	defer closed()
	c, err := p.packets.Dial(ctx, net.UDPAddrFromAddrPort(peer), config, clientConfig(d.KeepAlive))
	if err != nil && ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return c, err
}

// greeting is the option or its default.
func (d Dialer) greeting() time.Duration {
	if d.Greeting <= 0 {
		return clientGreeting
	}
	return d.Greeting
}

// linger is the option or its default.
func (d Dialer) linger() time.Duration {
	if d.Linger <= 0 {
		return Linger
	}
	return d.Linger
}

// resolve returns the host and all addresses of a host:port. No host is this
// machine, as with TCP.
func resolve(ctx context.Context, addr string) (string, []netip.AddrPort, error) {
	host, service, err := net.SplitHostPort(addr)
	if err != nil {
		return "", nil, err
	}
	port, err := net.DefaultResolver.LookupPort(ctx, "udp", service)
	if err != nil {
		return "", nil, err
	}
	if host == "" {
		host = "localhost"
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return "", nil, err
	}
	if len(ips) == 0 {
		return "", nil, errors.New("no such host")
	}
	peers := make([]netip.AddrPort, len(ips))
	for i, ip := range ips {
		peers[i] = netip.AddrPortFrom(ip.Unmap(), uint16(port))
	}
	return host, peers, nil
}
