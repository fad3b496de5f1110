package tcp

import (
	"context"
	"fmt"
	"net"
	"net/netip"

	"github.com/sim-im/sim/gate/transport"
)

// Dialer opens TCP connections. The zero value is ready.
type Dialer struct {
	Local netip.Addr // where connections come from; the zero value leaves it to the system
}

// Dial connects to addr, a host:port. The context bounds the wait, name
// resolution included; it has no effect on the connection afterwards.
func (d Dialer) Dial(ctx context.Context, addr string) (transport.Conn, error) {
	dialer := net.Dialer{KeepAliveConfig: transport.KeepAlive()}
	if d.Local.IsValid() {
		dialer.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(d.Local, 0))
	}
	c, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("tcp: %w", err)
	}
	return newConn(c.(*net.TCPConn))
}
