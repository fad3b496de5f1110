package gate

import (
	"errors"
	"io"
	"os"
	"time"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef/frame"
)

// chunk is what has to leave within Times.Stuck, in bytes. It makes the least
// rate at which a peer may read: 16 KiB in 10 s.
const chunk = 16 << 10

// drain is the writer of a connection that blocks, until everything is
// written. It starts with rest, which was sealed already, and belongs to it.
func (c *conn) drain(rest []byte) {
	for {
		if err := c.write(rest); err != nil {
			c.fail(err)
			return
		}
		frames := c.takeMore()
		if frames == nil {
			return
		}
		var err error
		rest, err = c.seal(rest[:0], frames, c.gate.options.Now())
		if err != nil {
			c.fail(err)
			return
		}
		c.blocks(cap(rest))
	}
}

// write writes b with a deadline for every chunk. Afterwards there is none.
func (c *conn) write(b []byte) error { return c.writeTo(c.raw, b) }

// writable is a stream to the peer: the main one, or the bulk one.
type writable interface {
	io.Writer
	SetWriteDeadline(t time.Time) error
}

func (c *conn) writeTo(w writable, b []byte) error {
	for len(b) > 0 {
		n := min(len(b), chunk)
		if err := w.SetWriteDeadline(c.gate.options.Now().Add(c.gate.times.Stuck)); err != nil {
			return err
		}
		if _, err := w.Write(b[:n]); err != nil {
			return err
		}
		b = b[n:]
	}
	return w.SetWriteDeadline(time.Time{})
}

// takeMore removes what waits for the drain of c, or ends its being the writer
// when nothing does.
func (c *conn) takeMore() *buffer {
	o := &c.out
	o.mu.Lock()
	defer o.mu.Unlock()
	var frames *buffer
	if o.phase != shut {
		frames = c.waiting()
	}
	if frames == nil {
		o.release(&c.gate.pressure)
		c.rest()
	}
	return frames
}

// writeReason names the reason behind an error of a writer.
func writeReason(err error) Reason {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return ReasonStuck
	case errors.Is(err, transport.ErrClosed), errors.Is(err, frame.ErrMalformed):
		return ReasonInternal // for the first somebody gave a better reason before
	}
	return ReasonBroken
}
