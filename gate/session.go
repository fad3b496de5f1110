package gate

import (
	"errors"
	"os"
	"time"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef/rpc"
)

// session serves an open session until it returns why it ended, or errResting.
func (c *conn) session(in *intake) error {
	for {
		if c.rests(in) {
			return errResting
		}
		err := c.await(in)
		if err == nil {
			err = c.turn(in)
		}
		if err != nil && !errors.Is(err, errParked) {
			return err
		}
	}
}

// rests tells whether the caller leaves c to another goroutine, which begins when
// there is something to read. What is half read is waited for.
func (c *conn) rests(in *intake) bool {
	if in.partial() {
		return false
	}
	in.release()
	if raw, ok := c.raw.(transport.Eventful); ok {
		return raw.Await(c)
	}
	if c.quiet.Load() {
		go c.doze()
		return true
	}
	return false
}

// doze waits for a connection that is quiet and tells nobody when there is
// something to read. It has a goroutine of its own because the stack of one that
// has served anything has grown, to 4 KiB at least, and does not shrink while it
// waits; this one is as small as they come.
func (c *conn) doze() {
	buf, n, err := c.raw.ReadPooled(&c.gate.reads)
	go c.wake(buf, n, err)
}

// wake goes on where doze has read.
func (c *conn) wake(buf []byte, n int, err error) {
	in := &intake{conn: c.raw, pool: &c.gate.reads, buf: buf, to: n}
	defer in.release()
	if err == nil {
		err = c.turn(in)
	} else {
		err = c.parked(err)
	}
	c.attend(in, err)
}

// errParked says that the wait for bytes was interrupted, and nothing was read.
var errParked = errors.New("gate: the ciphers were dropped")

// await waits for bytes. The sweep makes it fail in between, with a deadline in
// the past, to have the cipher of an idle connection dropped: errParked.
func (c *conn) await(in *intake) error {
	if err := in.fill(); err != nil {
		return c.parked(err)
	}
	return nil
}

// parked drops the cipher if err is that of a deadline, which it lifts.
func (c *conn) parked(err error) error {
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	c.secure.In.Park()
	if err := c.raw.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	return errParked
}

// turn serves everything that one read has completed.
func (c *conn) turn(in *intake) error {
	begun := c.begun.Swap(0)
	if err := c.awaitRoom(); err != nil {
		return err
	}
	now := c.gate.clock()
	quiet := c.hears(now)
	t := c.gate.turn(c, now)
	defer t.done()
	complete, err := t.records(in)
	if quiet {
		c.secure.In.Park()
	}
	t.flush() // what came before a violation was in order
	if in.partial() {
		if complete || begun == 0 {
			begun = int64(now)
		}
		c.begun.Store(begun)
	}
	return err
}

// hears notes that there was something to read, and tells whether the ciphers are
// dropped after use. They are until it comes twice within Times.Park: a
// connection that only beats makes them for each beat, and holds none.
func (c *conn) hears(now time.Duration) (quiet bool) {
	last := time.Duration(c.heard.Swap(int64(now)))
	if quiet = c.quiet.Load(); quiet && now-last <= c.gate.times.Park {
		c.quiet.Store(false)
		return false
	}
	return quiet
}

// registration is the connection as a route knows it.
func (c *conn) registration() rpc.Session {
	return rpc.Session{UID: c.uid, Device: c.device, Conn: c.id, Platform: c.platform, Generation: c.generation}
}
