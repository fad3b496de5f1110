package client

import (
	"fmt"
	"time"
)

// Phase is the state of a client's connection:
//
//	           New
//	            │
//	            ▼         Connect failed, worth another try
//	          idle ◀──────────────────┐
//	            │ Connect             │
//	            ▼                     │
//	 ┌───▶ connecting ────────────────┤ Connect failed for good,
//	 │          │ logged in           │ or reconnecting may not go on
//	 │          ▼                     ▼
//	 │        online ────────────▶ stopped ──▶ Connect starts again
//	 │          │ lost    kicked      ▲
//	 │          ▼                     │ Close, from everywhere
//	 └────── waiting ─────────────────┘
//	delay over
type Phase uint8

// The phases of a connection.
const (
	Idle       Phase = iota // not connected, Connect has not succeeded yet
	Connecting              // dialing, handshake, login
	Online                  // logged in
	Waiting                 // lost; trying again after Status.Delay
	Stopped                 // over, see Status.Err: not trying again by itself
)

// String implements fmt.Stringer.
func (p Phase) String() string {
	switch p {
	case Idle:
		return "idle"
	case Connecting:
		return "connecting"
	case Online:
		return "online"
	case Waiting:
		return "waiting"
	case Stopped:
		return "stopped"
	}
	return fmt.Sprintf("Phase(%d)", uint8(p))
}

// Status is a phase and how the client came there.
type Status struct {
	Phase   Phase
	Err     error         // why, when Idle after a failure, Waiting or Stopped
	Delay   time.Duration // until the next try, when Waiting
	Resumed bool          // when Online: with a ticket instead of a proof
}

// Status returns the connection's present status.
func (c *Client) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.status
}

// enter makes s the status and tells the application. Only the goroutine that
// runs the connection calls it (Connect, run, then Close), so changes are told
// in their order.
func (c *Client) enter(s Status) {
	c.mu.Lock()
	c.status = s
	c.mu.Unlock()
	if s.Err != nil {
		c.opts.Logger.Info("client status", "phase", s.Phase.String(), "delay", s.Delay, "err", s.Err)
	} else {
		c.opts.Logger.Debug("client status", "phase", s.Phase.String())
	}
	if c.opts.OnState != nil {
		c.opts.OnState(s)
	}
}
