package client

import (
	"time"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef"
)

// SetAppState says whether somebody looks at the app; a client begins in the
// foreground. It does not wait for the server.
//
// In the background the connection lives on, pings as seldom as the network
// bears, up to every 9 minutes, and has no other wake-up of its own: what
// arrives is handled and acknowledged in one go, read positions wait, and tries
// to reconnect are up to 9 minutes apart. Messages that are being sent are sent.
//
// Back in the foreground the client pings at once, pulls what it missed, and
// does not wait any longer to reconnect, unless the server asked for it.
func (c *Client) SetAppState(background bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.background == background {
		return
	}
	c.background = background
	now := c.opts.Now()
	if background {
		c.saveAt = now // it may be the last moment
	} else {
		if c.status.Phase == Waiting {
			c.nudge()
		}
	}
	if l := c.link; l != nil {
		c.beat.told = 0 // the gate hears of the state in any case
		c.announce(l, now)
		c.turn(l, now)
		l.flush(&c.mu, now)
	}
	c.wakeAt(c.nextDue())
}

// turn does what a change of the app's state brings. mu is held.
func (c *Client) turn(l *link, now time.Time) {
	if c.background {
		if !c.acks.at.IsZero() {
			c.acks.at = now
		}
		c.ackDue(l, now)
		return
	}
	c.beat.probe(l, now)
	c.reads.resend(now)
	c.reads.repeat(l, now)
	if c.place.behind {
		c.pullLater(now, true)
		c.pullDue(l, now)
	}
}

// announce sets the time between pings, and tells the gate when that is news. mu
// is held.
func (c *Client) announce(l *link, now time.Time) {
	if c.beat.pace(c.background, now) {
		l.add(&msgdef.AppState{Background: c.background, Heartbeat: uint32(c.beat.interval / time.Second)})
		c.beat.told = c.beat.interval
	}
}

// SetNetwork names the kind of network that the machine is on from now on, "wifi"
// for example, of at most 32 bytes: what a client learns about one, it keeps in
// its state. Rebind has connections move to it.
func (c *Client) SetNetwork(kind string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if kind = kind[:min(len(kind), 32)]; kind == c.network {
		return
	}
	c.network = kind
	if l := c.link; l != nil && !c.closed {
		now := c.opts.Now()
		c.beat.rhythm = c.rhythm(l.conn, now)
		c.beat.silence = 0
		c.announce(l, now)
		l.flush(&c.mu, now)
		c.wakeAt(c.nextDue())
	}
}

// rhythm returns that of the path that conn takes. mu is held.
func (c *Client) rhythm(conn transport.Conn, now time.Time) *rhythm {
	over := "/tcp"
	if overQUIC(conn) {
		over = "/quic"
	}
	return c.rhythms.of(c.network+over, now)
}

// overQUIC tells a connection over QUIC.
func overQUIC(conn transport.Conn) bool {
	_, secured := conn.(transport.Secured)
	return secured
}

// heartbeat returns what a login over conn announces.
func (c *Client) heartbeat(conn transport.Conn) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.opts.Now()
	b := beat{options: &c.opts, rhythm: c.rhythm(conn, now), least: leastBeat, most: mostBeat}
	b.pace(c.background, now)
	return b.interval
}

// nudge ends a wait to reconnect. mu is held.
func (c *Client) nudge() {
	select {
	case c.nudged <- struct{}{}:
	default:
	}
}
