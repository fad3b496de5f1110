package quic

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"syscall"
)

// knock finds out, while a handshake goes on, whether nobody listens at peer,
// and then cancels with an error that wraps ECONNREFUSED.
//
// That news is a message of ICMP, which systems tell connected sockets only. The
// socket of a QUIC connection is not connected, so that it stays good when the
// machine's address changes. So another one sends a byte that no QUIC packet
// begins with, and that a gate drops.
func knock(peer netip.AddrPort, cancel context.CancelCauseFunc) (stop func()) {
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(peer))
	if err != nil {
		return func() {}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := listenAtDoor(c); errors.Is(err, syscall.ECONNREFUSED) {
			cancel(err)
		}
	}()
	return func() {
		c.Close()
		<-done
	}
}

// listenAtDoor returns when an answer comes or c is closed.
func listenAtDoor(c *net.UDPConn) error {
	if _, err := c.Write([]byte{0}); err != nil {
		return err
	}
	_, err := c.Read(make([]byte, 1))
	return err
}
