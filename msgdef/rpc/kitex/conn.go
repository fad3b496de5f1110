package kitex

import (
	"context"
	"net"
	"time"

	"github.com/cloudwego/gopkg/bufiox"
)

// conn is a connection of a caller. Kitex reads and writes it through the
// buffers; without these methods it panics.
type conn struct {
	net.Conn
	addr    string
	reader  *bufiox.DefaultReader
	writer  *bufiox.DefaultWriter
	rested  time.Time   // since when it is idle
	release func() bool // ends the watch over the call's context; nil: none
}

// newConn makes a connection fit for Kitex.
func newConn(c net.Conn, addr string) *conn {
	return &conn{Conn: c, addr: addr, reader: bufiox.NewDefaultReader(c), writer: bufiox.NewDefaultWriter(c)}
}

// Reader is how Kitex reads.
func (c *conn) Reader() *bufiox.DefaultReader { return c.reader }

// Writer is how Kitex writes.
func (c *conn) Writer() *bufiox.DefaultWriter { return c.writer }

// SetReadDeadline implements net.Conn. It does nothing: Kitex would undo the
// deadline of the call, which also covers writing.
func (c *conn) SetReadDeadline(time.Time) error { return nil }

// begin gives the connection to a call: reading and writing end with it.
func (c *conn) begin(ctx context.Context, deadline time.Time) error {
	if err := c.SetDeadline(deadline); err != nil {
		return err
	}
	c.release = nil
	if ctx.Done() != nil {
		c.release = context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	}
	return nil
}

// end takes the connection back. It says whether it is as good as before.
func (c *conn) end() bool {
	return c.release == nil || c.release()
}
