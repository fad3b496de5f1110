package tcp

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"

	"github.com/sim-im/sim/gate/transport"
)

// remoteAddr returns the peer of c. An IPv4 peer has an IPv4 address, also when it
// came through a socket that takes both families: limits per address would
// count it twice otherwise.
func remoteAddr(c *net.TCPConn) netip.AddrPort {
	addr, ok := c.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	ap := addr.AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

// translate turns the errors of net into those of transport: io.EOF stays bare,
// a closed connection is transport.ErrClosed, and the rest is wrapped, so that
// os.ErrDeadlineExceeded and error numbers can be found inside.
func translate(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF):
		return io.EOF
	case errors.Is(err, net.ErrClosed):
		return transport.ErrClosed
	}
	return fmt.Errorf("tcp: %w", err)
}
