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
	if c.quiet() {
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
	if raw, ok := c.raw.(transport.Patient); ok {
		go c.wake(nil, 0, raw.AwaitBytes())
		return
	}
	buf, n, err := c.raw.ReadPooled(&c.gate.reads)
	go c.wake(buf, n, err)
}

// wake goes on where doze has waited, with what it has read, if it has.
func (c *conn) wake(buf []byte, n int, err error) {
	in := &intake{conn: c.raw, pool: &c.gate.reads, buf: buf, to: n}
	defer in.release()
	if err != nil {
		err = c.parked(err)
	} else if !in.partial() {
		err = c.await(in)
	}
	if err == nil {
		err = c.turn(in)
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

// quiet tells whether the ciphers are dropped after use: a connection that only
// beats makes them for each beat, and holds none. One that is busy, because it reads
// or is written to, is so until the sweep parks it. A second read
// within Times.Park makes it busy, and not the first: a beat may be two, the ping,
// and what its answer is good for.
func (c *conn) quiet() bool { return c.marks.Load()&busy == 0 }

// hears notes that there was something to read, and tells whether c is quiet.
func (c *conn) hears(now time.Duration) (quiet bool) {
	last := time.Duration(c.heard.Swap(int64(now)))
	switch soon := now-last <= c.gate.times.Park; {
	case !c.quiet():
		return false
	case !soon:
		c.unmark(stirred)
	case c.mark(stirred):
		c.mark(busy)
		return false
	}
	return true
}

// soonAfter is how many seconds after a write another one is soon, and fewWrites
// how many of those in a row do not make a connection busy.
const (
	soonAfter = 1
	fewWrites = 2
)

// speaks notes that something was written. One that is written to all the time, as
// who watches a big group is, is busy too, though little is read from it.
// c.out.mu is held.
func (c *conn) speaks(now time.Duration) {
	second := uint16(now / time.Second)
	switch {
	case second-c.wrote > soonAfter:
		c.spoken = 0
	case c.spoken < fewWrites:
		c.spoken++
	case c.quiet():
		c.mark(busy)
	}
	c.wrote = second
}

// silenced tells whether nothing was written for a while.
func (c *conn) silenced(now time.Duration) bool {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	return uint16(now/time.Second)-c.wrote > soonAfter
}

// registration is the connection as a route knows it.
func (c *conn) registration() rpc.Session {
	return rpc.Session{UID: c.uid, Device: c.device, Conn: c.id, Platform: c.platform, Generation: c.generation}
}
