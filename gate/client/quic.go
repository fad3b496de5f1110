package client

import (
	"context"
	"time"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/gate/transport/quic"
	"github.com/sim-im/sim/gate/transport/tcp"
	"github.com/sim-im/sim/msgdef/secure"
)

// QUIC returns a Dialer for Options that prefers QUIC and takes TCP where UDP
// does not get through. Over QUIC a connection survives a change of network,
// see Rebind, and history that is read slowly delays no message. Clients may
// share one, and should: it remembers for five minutes where UDP is blocked, and
// goes over TCP there at once.
func QUIC(roots *secure.Roots) transport.Dialer {
	return &transport.Fallback{First: QUICOnly(roots), Then: tcp.Dialer{}}
}

// QUICOnly is QUIC without the way out.
func QUICOnly(roots *secure.Roots) transport.Dialer {
	return quic.Dialer{TLS: secure.ClientTLS(roots, time.Now)}
}

// TCPOnly is TCP, and no attempt at QUIC.
func TCPOnly() transport.Dialer { return tcp.Dialer{} }

// Rebind tells a client that the machine's network has changed. A connection
// over QUIC moves to the new one and goes on as if nothing had happened; the
// error is of that. Where a connection does not move, it is asked for a sign of
// life, and replaced when it gives none. A client that waits for its next try does
// not wait any longer, unless the server asked for it.
func (c *Client) Rebind(ctx context.Context) error {
	if d, ok := c.opts.Dialer.(interface{ Forget() }); ok {
		d.Forget() // what did not get through before may do now
	}
	c.mu.Lock()
	l := c.link
	if l == nil {
		if c.status.Phase == Waiting {
			c.nudge()
		}
		c.mu.Unlock()
		return nil
	}
	c.mu.Unlock()
	var err error
	if m, moves := l.conn.(interface{ Migrate(context.Context) error }); moves {
		err = m.Migrate(ctx)
	}
	c.signOfLife(l) // what does not move may be dead
	return err
}

// signOfLife pings over l, if that is still the connection. It also tells a gate
// where a client that moved is: until something comes from there, the gate sends
// what it has to where the client was.
func (c *Client) signOfLife(l *link) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.link != l {
		return
	}
	now := c.opts.Now()
	c.beat.probe(l, now)
	l.flush(&c.mu, now)
	c.wakeAt(c.nextDue())
}
