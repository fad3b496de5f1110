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
		if err := c.await(in); err != nil {
			return err
		}
		if err := c.turn(in); err != nil {
			return err
		}
	}
}

// rests tells whether nobody has to wait for c, because Readable will be called.
// The caller leaves c to whoever that is. What is half read is waited for.
func (c *conn) rests(in *intake) bool {
	raw, ok := c.raw.(transport.Eventful)
	if !ok || in.partial() {
		return false
	}
	in.release()
	return raw.Await(c)
}

// await waits for bytes. The sweep makes it fail in between, with a deadline in
// the past, to have the cipher of an idle connection dropped.
func (c *conn) await(in *intake) error {
	for {
		err := in.fill()
		if err == nil {
			return nil
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
		c.secure.In.Park()
		if err := c.raw.SetReadDeadline(time.Time{}); err != nil {
			return err
		}
	}
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
