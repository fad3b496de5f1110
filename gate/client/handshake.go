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
}

// dial opens a connection. ctx bounds the wait, and ends what is done on the
// connection until the returned function is called; that function returns
// false when ctx has ended it.
func (c *Client) dial(ctx context.Context) (*line, func() bool, error) {
	conn, err := c.opts.Dialer.Dial(ctx, c.opts.Address)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %s: %w", ErrUnreachable, c.opts.Address, err)
	}
	release := context.AfterFunc(ctx, func() { conn.Close() })
	return &line{conn: conn}, release, nil
}

// handshake agrees on the login keys.
func (l *line) handshake(o *Options) error {
	h, err := secure.NewClientHandshake(secure.ClientConfig{
		Suite: o.Suite, Accept: accepted(o.Suite), Roots: o.Roots, Now: o.Now, Rand: o.Rand,
	})
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

// send seals frames into records and writes them.
func (l *line) send(frames []byte, now time.Time) error {
	sealed, err := l.keys.Out.Append(nil, frames, now)
	if err != nil {
		return err
	}
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
