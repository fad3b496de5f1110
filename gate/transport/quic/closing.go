package quic

import (
	"context"
	"time"
)

// Linger is how long a connection that was closed waits for the peer to read
// what was written before. It holds no more than its buffers.
const Linger = 3 * time.Second

// farewell is how long Close of a client waits for the peer to hang up, which
// usually takes one round trip: a process that exits right after Close has then
// told its gate.
const farewell = 500 * time.Millisecond

// Close implements transport.Conn. It returns at once in servers, and within
// half a second in clients; the rest of Linger passes in the background. A
// second Close does nothing.
//
//	open ──Close──▶ lingering ──▶ gone    the peer hung up or closed as well, or
//	  │                                   Linger is over
//	  └──end read, or connection lost───▶ gone
func (c *Conn) Close() error {
	if !c.shut() {
		return nil
	}
	c.out.Close()
	c.stream.SetReceiveFinalSizeCallback(func(int64) {
		go c.hangUp() // the callback must not wait
	})
	if c.paths != nil {
		c.await(farewell)
	}
	return nil
}

// shut wakes the reader and starts lingering; false when that was done before.
func (c *Conn) shut() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed.Swap(true) {
		return false
	}
	c.stream.SetReadDeadline(past()) // never fails
	c.endBulk()
	select {
	case <-c.gone:
	default:
		c.timer = time.AfterFunc(c.linger, c.hangUp)
	}
	return true
}

// await waits until the connection is gone, up to d.
func (c *Conn) await(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-c.gone:
	case <-timer.C:
	}
}

// hangUp closes the QUIC connection, and returns when that is done.
func (c *Conn) hangUp() {
	_ = c.quic.CloseWithError(codeDone, "") // always nil
}

// watch releases what the connection holds once it is gone, however it ended.
// It is called once.
func (c *Conn) watch() {
	ctx := c.quic.Context()
	context.AfterFunc(ctx, func() { c.release(context.Cause(ctx)) })
}

// release ends the writes with why the connection is gone.
func (c *Conn) release(cause error) {
	c.out.Fail(writeError(cause))
	if c.paths != nil {
		c.paths.close()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timer != nil {
		c.timer.Stop()
	}
	close(c.gone)
}
