//go:build unix

package kitex

import (
	"crypto/tls"
	"errors"
	"syscall"
	"time"
)

// alive tells whether the far end has left a connection that rested as it was.
// One that it closed, or where it said something unasked, is not to be used for
// a call that can be made only once: writing to it would succeed.
func (c *conn) alive() bool {
	nc := c.Conn
	if secured, ok := nc.(*tls.Conn); ok {
		nc = secured.NetConn()
	}
	socket, ok := nc.(syscall.Conn)
	if !ok {
		return true
	}
	raw, err := socket.SyscallConn()
	if err != nil || c.SetDeadline(time.Time{}) != nil {
		return false
	}
	quiet := false
	err = raw.Read(func(fd uintptr) bool {
		var b [1]byte
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK)
		quiet = errors.Is(err, syscall.EAGAIN)
		return true
	})
	return err == nil && quiet
}
