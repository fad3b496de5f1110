package gate_test

import (
	"testing"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/secure"
)

// TestSlowlorisInEveryPhase holds a connection by doing next to nothing, from
// the first byte on to the last. Each ends by its deadline, and is counted.
func TestSlowlorisInEveryPhase(t *testing.T) {
	for name, c := range map[string]struct {
		hold   func(*client) // returns when there is no more to do
		reason gate.Reason
		after  time.Duration // from the beginning of hold
	}{
		"no first byte": {func(*client) {}, gate.ReasonFirstByte, 2 * time.Second},
		"Hello byte by byte": {func(c *client) {
			c.drip(c.hello(secure.HybridAESGCM).Hello())
		}, gate.ReasonLoginTime, 5 * time.Second},
		"Hello and no Login": {func(c *client) { c.handshake() }, gate.ReasonLoginTime, 5 * time.Second},
		"Login byte by byte": {func(c *client) {
			c.handshake()
			c.drip(c.loginRecord())
		}, gate.ReasonLoginTime, 5 * time.Second},
		"Resume byte by byte": {func(c *client) {
			_, tickets := c.world.tickets("mallory", 6)
			c.drip(c.world.resumption(tickets[0], again(6)).Packet())
		}, gate.ReasonLoginTime, 5 * time.Second},
		"Resume and no record": {func(c *client) {
			_, tickets := c.world.tickets("mallory", 6)
			c.write(c.world.resumption(tickets[0], again(6)).Packet())
		}, gate.ReasonLoginTime, 5 * time.Second},
		"no ticket, and no Hello": {func(c *client) {
			c.write(c.world.resumption(secure.Ticket{Suite: secure.ClassicalAESGCM}, again(6)).Packet())
		}, gate.ReasonLoginTime, 5 * time.Second},
		"refused, and goes on": {func(c *client) {
			c.handshake()
			m := goodLogin()
			m.Secret = []byte("wrong")
			c.send(m)
			c.expectError(msgdef.TypeLogin, msgdef.CodeBadCredentials)
			c.drip(make([]byte, 100))
		}, gate.ReasonLoginRefused, time.Second},
		"a record byte by byte": {func(c *client) {
			c.handshake()
			c.enter(goodLogin())
			c.drip(c.seal(c.note(1, "a message that is long enough for this")))
		}, gate.ReasonSlowRecord, 10 * time.Second},
		"half a record": {func(c *client) {
			c.handshake()
			c.enter(goodLogin())
			c.write(c.seal(c.note(1, "half"))[:9])
		}, gate.ReasonSlowRecord, 10 * time.Second},
		"requests, and reads nothing": {func(c *client) {
			c.handshake()
			c.enter(goodLogin())
			for i := range uint64(150) {
				c.send(&msgdef.GetMsg{Req: i + 1})
			}
		}, gate.ReasonStuck, 10 * time.Second},
		"messages, and reads nothing": {func(c *client) {
			c.handshake()
			c.enter(loginOf("robot", 1))
			for i := range uint64(10_000) {
				if _, err := c.conn.Write(c.seal(c.note(i+1, "x"))); err != nil {
					break
				}
			}
		}, gate.ReasonStuck, 10 * time.Second},
		"kicked, and stays": {func(c *client) {
			c.handshake()
			c.enter(goodLogin())
			must(c.t, c.world.gate.Kick(c.t.Context(), &rpc.Kicks{
				Epoch: c.world.gate.Epoch(), Items: []rpc.Kick{{Conn: c.world.far.connOf(c.welcome.UID), Code: msgdef.CodeBanned}},
			}))
			c.drip(make([]byte, 100))
		}, gate.ReasonBanned, time.Second},
		"silent": {func(c *client) {
			c.handshake()
			c.enter(goodLogin())
		}, gate.ReasonIdle, 45 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				w := newWorld(t)
				w.far.fill("mallory", 200, 1000)
				witness := w.login("witness", 1)
				start := time.Now()
				c.hold(w.dial())
				for w.closes(c.reason) == 0 && time.Since(start) < 2*time.Minute {
					time.Sleep(100 * time.Millisecond)
				}
				// The sweep looks every second.
				if took := time.Since(start); took < c.after || took > c.after+2*time.Second {
					t.Errorf("ended after %v, want %v: %v", took, c.after, w.gate.Stats().Closes)
				}
				if c.reason != gate.ReasonIdle { // as the witness is by then
					witness.roundTrip(1)
				}
			})
		})
	}
}

// drip writes a byte every half second, until it is done or nobody takes more.
func (c *client) drip(bytes []byte) {
	for _, b := range bytes {
		if _, err := c.conn.Write([]byte{b}); err != nil {
			return
		}
		time.Sleep(500 * time.Millisecond)
	}
}

// fill puts messages into a user's inbox.
func (e *farEnd) fill(name string, n, size int) {
	uid := e.uid(name)
	e.mu.Lock()
	defer e.mu.Unlock()
	for i := range uint64(n) {
		m := msgdef.Message{CSeq: i, Body: make([]byte, size)}
		e.inbox[uid] = append(e.inbox[uid], msgdef.Entry{USeq: i + 1, Message: m.Append(nil)})
	}
}
