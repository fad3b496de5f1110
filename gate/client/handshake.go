package client

import (
	"context"
	"fmt"
	"time"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef/secure"
)

// line is a connection during handshake and login, with what was read from it
// and is not yet used.
type line struct {
	conn transport.Conn
	buf  []byte // unread bytes at its start
	keys *secure.Session

	// Inside TLS, until Login is sent and the Reply is read.
	hello  []byte
	inside *secure.TLSClientHandshake
}

// dial opens a connection. ctx bounds the wait, and ends what is done on the
// connection until the returned function is called; that function returns
// false when ctx has ended it.
func (c *Client) dial(ctx context.Context) (*line, func() bool, error) {
	address := c.gates.current()
	conn, err := c.opts.Dialer.Dial(ctx, address)
	if err != nil {
		return nil, nil, dialError(address, err)
	}
	release := context.AfterFunc(ctx, func() { conn.Close() })
	return &line{conn: conn}, release, nil
}

// handshake agrees on the login keys.
func (l *line) handshake(o *Options) error {
	config := o.secure()
	if conn, ok := l.conn.(transport.Secured); ok {
		return l.takeKeys(config, conn)
	}
	h, err := secure.NewClientHandshake(config)
	if err != nil {
		return err
	}
	l.write(h.Hello())
	n, err := l.await(secure.ReplySize)
	if err != nil {
		return err
	}
	l.keys, err = h.Reply(l.buf[:n])
	if err != nil {
		return handshakeError(err)
	}
	l.buf = l.buf[n:]
	return nil
}

// secure returns what handshakes are made with.
func (o *Options) secure() secure.ClientConfig {
	return secure.ClientConfig{
		Suite: o.Suite, Accept: accepted(o.Suite), Codec: o.Codec, Roots: o.Roots, Now: o.Now, Rand: o.Rand,
	}
}

// takeKeys has the login keys from TLS. Nothing is sent before Login.
func (l *line) takeKeys(config secure.ClientConfig, conn transport.Secured) (err error) {
	l.inside, err = secure.NewTLSClientHandshake(config, conn.Export)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	l.hello, l.keys = l.inside.Hello(), l.inside.Session()
	return nil
}

// confirm reads the Reply that stands before the answer to Login inside TLS.
func (l *line) confirm() error {
	if l.inside == nil {
		return nil
	}
	n, err := l.await(secure.TLSReplySize)
	if err != nil {
		return err
	}
	if err := l.inside.Reply(l.buf[:n]); err != nil {
		return insideError(err)
	}
	l.buf, l.inside = l.buf[n:], nil
	return nil
}

// await reads until size finds something complete at the start of buf, and
// returns its length.
func (l *line) await(size func([]byte) (int, error)) (int, error) {
	for {
		n, err := size(l.buf)
		if err != nil {
			return 0, fmt.Errorf("%w: %w", ErrProtocol, err)
		}
		if n > 0 {
			return n, nil
		}
		if err := l.readMore(); err != nil {
			return 0, err
		}
	}
}

// lineStep is how much is read at once during handshake and login, in bytes.
const lineStep = 4096

// readMore appends at least one byte to buf. What size waits for is bounded,
// so buf is.
func (l *line) readMore() error {
	have := len(l.buf)
	grown := make([]byte, have+lineStep)
	copy(grown, l.buf)
	n, err := l.conn.Read(grown[have:])
	if err != nil {
		return fmt.Errorf("%w: connection lost before login: %w", ErrUnreachable, err)
	}
	l.buf = grown[:have+n]
	return nil
}

// write sends a packet. A write that fails is not told here: a server that
// went away has perhaps said why before, and otherwise the next read fails.
func (l *line) write(packet []byte) { _, _ = l.conn.Write(packet) }

// send seals frames into records and writes them, behind Hello if that was not
// sent.
func (l *line) send(frames []byte, now time.Time) error {
	sealed, err := l.keys.Out.Append(l.hello, frames, now)
	if err != nil {
		return err
	}
	l.hello = nil
	l.write(sealed)
	return nil
}

// accepted is what a client that asks for suite would use: the usual ones, or
// exactly the classical one it was told to use, because its platform has no
// ML-KEM and a gate must not take that for a downgrade.
func accepted(suite secure.Suite) []secure.Suite {
	if suite.Hybrid() {
		return nil
	}
	return []secure.Suite{suite}
}
