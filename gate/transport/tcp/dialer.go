package tcp

import (
	"context"
	"fmt"
	"net"

	"github.com/sim-im/sim/gate/transport"
)

// Dialer opens TCP connections. The zero value is ready.
type Dialer struct{}

// Dial connects to addr, a host:port. The context bounds the wait, name
// resolution included; it has no effect on the connection afterwards.
func (Dialer) Dial(ctx context.Context, addr string) (transport.Conn, error) {
	d := net.Dialer{KeepAliveConfig: transport.KeepAlive()}
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("tcp: %w", err)
	}
	return newConn(c.(*net.TCPConn))
}
