package gate

import (
	"errors"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/secure"
)

// errEnding is what a reader returns that finds its connection about to end.
var errEnding = errors.New("gate: the connection is about to end")

// errResting is what a reader returns whose connection will be attended again
// when there is something to read.
var errResting = errors.New("gate: the connection rests")

// How much input is discarded, in bytes, while a peer takes the last frame:
// before login, and of a session, which may have much on its way.
const (
	lingerEarly = 16 << 10
	lingerBytes = 256 << 10
)

// serve is the reader goroutine of an admitted connection, from its first byte.
func (c *conn) serve(accepted time.Time) {
	in := &intake{conn: c.raw, pool: &c.gate.reads}
	defer in.release()
	err := c.enter(in, accepted)
	c.gate.admission.shook(c.host)
	if err != nil {
		c.refuseEntry(in, err)
		c.leave()
		return
	}
	c.gate.counts.sessions.Add(1)
	if c.settled || in.partial() {
		err = c.turn(in) // of the record that a resumed login has read
	}
	c.settled = false
	c.attend(in, err)
}

// Readable is the reader goroutine of an open session that rested. It
// implements transport.Awaiter.
func (c *conn) Readable() {
	in := &intake{conn: c.raw, pool: &c.gate.reads}
	defer in.release()
	c.attend(in, nil)
}

// attend serves an open session until it rests or ends, at once for err. One that
// rests belongs to the goroutine that goes on, which may have begun already.
func (c *conn) attend(in *intake, err error) {
	if err == nil || errors.Is(err, errParked) {
		err = c.session(in)
	}
	if errors.Is(err, errResting) {
		return
	}
	c.depart(in, err)
	c.gate.counts.sessions.Add(-1)
	c.leave()
}

// enter takes a connection from accept to an open session, or returns why not.
func (c *conn) enter(in *intake, start time.Time) error {
	if err := c.firstByte(in, start); err != nil {
		return err
	}
	how := c.shaking()
	size, err := c.packet(in, how.first)
	if err == nil && secure.IsResume(in.bytes()) {
		var resumed bool
		if resumed, err = c.resume(in, size, start); resumed {
			c.traceLogin(err)
			return err
		}
		if err == nil { // a ticket that is worth nothing: the second packet is Hello
			size, err = c.packet(in, how.size)
		}
	}
	if err != nil {
		return err
	}
	if err := c.handshake(in, size, how); err != nil {
		return err
	}
	err = c.login(in, start)
	c.traceLogin(err)
	return err
}

// refuseEntry ends a connection that is not logged in, and tells the peer if
// there is something to tell.
func (c *conn) refuseEntry(in *intake, err error) {
	var v *violation
	if errors.As(err, &v) && v.code != msgdef.CodeOK && !c.ending() {
		c.reason.CompareAndSwap(uint32(ReasonNone), uint32(v.reason))
		if c.secure.Suite() != 0 { // else the handshake has sent its own kind of refusal
			_ = c.sealNow(v.frame()) // who cannot be told finds out by the close
		}
		c.linger(in)
	}
	c.end(reasonOf(err))
}

// sealNow writes m before the outbox is open. The reader is the writer then.
func (c *conn) sealNow(m frame.Message) error {
	body, err := c.encode(m)
	if err != nil {
		return err
	}
	record, err := c.secure.Out.Append(nil, frame.AppendRaw(nil, m.Type(), body), c.gate.options.Now())
	if err != nil {
		return err
	}
	return c.writeNow(record)
}

// writeNow writes a few bytes before the outbox is open.
func (c *conn) writeNow(b []byte) error {
	if n, err := c.raw.TryWrite(b); n == len(b) || err != nil {
		return err
	} else {
		b = b[n:]
	}
	return c.write(b)
}

// linger gives a peer time to read what was written last: closing with input
// unread resets the connection, and may take that with it.
func (c *conn) linger(in *intake) {
	if c.raw.SetReadDeadline(c.gate.options.Now().Add(c.gate.times.Linger)) != nil {
		return
	}
	for discarded := 0; discarded < lingerEarly; {
		discarded += len(in.bytes())
		in.release()
		if in.fill() != nil {
			return
		}
	}
}

// depart ends an open session for err. The peer is told if there is something
// to tell, and then it, the sweep or the writer closes.
func (c *conn) depart(in *intake, err error) {
	var v *violation
	if errors.As(err, &v) && v.code != msgdef.CodeOK {
		c.finish(v.reason, v.frame())
		err = errEnding
	}
	if errors.Is(err, errEnding) {
		err = c.discard(in)
	}
	c.end(reasonOf(err))
}

// discard reads until the connection ends, or more comes than an honest peer
// has on its way.
func (c *conn) discard(in *intake) error {
	for discarded := 0; discarded < lingerBytes; {
		discarded += len(in.bytes())
		in.release()
		if err := c.await(in); err != nil && !errors.Is(err, errParked) {
			return err
		}
	}
	return errEnding
}

// leave undoes, at the very end, what the connection was entered in.
func (c *conn) leave() {
	s := c.gate
	defer s.readers.Done()
	c.end(ReasonInternal) // a reason was given before, unless we forgot a way to end
	c.out.awaitWriter()
	c.bulk().wait()
	s.conns.remove(c)
	s.audiences.leave(c)
	s.presences.leave(c)
	if c.registered {
		s.pulse.ended(c.registration())
	}
	if c.began != 0 {
		s.signIns.ended(c)
	}
	if c.sender != nil {
		s.pulse.cursor(c)
		s.senders.release(c.uid)
	}
	s.admission.leave(c.host)
	s.counts.close(Reason(c.reason.Load()))
	c.traceEnd()
}
