package gate_test

import (
	"bytes"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/codec"
	"github.com/sim-im/sim/msgdef/secure"
)

// denied sends a Resume packet of a ticket that is worth nothing, and logs in on
// the same connection.
func (w *world) denied(r *secure.ClientResumption, name string, device uint64) *client {
	w.t.Helper()
	c := w.dial()
	c.write(r.Packet())
	if _, _, err := r.Reply(c.packet(secure.ResumeReplySize)); !errors.Is(err, secure.ErrNoTicket) {
		w.t.Fatalf("%v instead of %v", err, secure.ErrNoTicket)
	}
	c.handshake()
	c.enter(loginOf(name, device))
	return c
}

// TestNoTicket has everything that can be wrong with a ticket cost a full
// handshake on the same connection, and be counted by its reason. Before that
// nobody notices: the live session of the device goes on.
func TestNoTicket(t *testing.T) {
	type attack struct {
		why     gate.Unresumed
		prepare func(w *world, mine, other wallet) *secure.ClientResumption
	}
	simple := func(w *world, mine, _ wallet) *secure.ClientResumption { return w.resumption(mine[0], again(7)) }
	with := func(change func(*msgdef.Login)) func(*world, wallet, wallet) *secure.ClientResumption {
		return func(w *world, mine, _ wallet) *secure.ClientResumption {
			m := again(7)
			change(m)
			return w.resumption(mine[0], m)
		}
	}
	failing := func(method string, code msgdef.ErrorCode) func(*world, wallet, wallet) *secure.ClientResumption {
		return func(w *world, mine, _ wallet) *secure.ClientResumption {
			first := true
			w.far.intercept(func(called string) error {
				if called == method && first {
					first = false
					return w.far.failure(method, code)
				}
				return nil
			})
			return w.resumption(mine[0], again(7))
		}
	}
	for name, a := range map[string]attack{
		"never given out": {gate.TicketUnknown, func(w *world, mine, _ wallet) *secure.ClientResumption {
			return w.resumption(secure.Ticket{ID: [16]byte{1}, Suite: mine[0].Suite}, again(7))
		}},
		"lost by the registry": {gate.TicketUnknown, func(w *world, mine, other wallet) *secure.ClientResumption {
			w.far.change(func(e *farEnd) { clear(e.tickets) })
			return simple(w, mine, other)
		}},
		"registry is away": {gate.TicketRegistry, failing("TakeTicket", msgdef.CodeUnavailable)},
		"tampered box": {gate.TicketSealed, func(w *world, mine, other wallet) *secure.ClientResumption {
			w.far.change(func(e *farEnd) { e.tickets[mine[0].ID].Box[20] ^= 1 })
			return simple(w, mine, other)
		}},
		"box of another ticket": {gate.TicketSealed, func(w *world, mine, other wallet) *secure.ClientResumption {
			w.far.change(func(e *farEnd) {
				swapped := e.tickets[mine[0].ID]
				swapped.Box = e.tickets[other[0].ID].Box
				e.tickets[mine[0].ID] = swapped
			})
			return simple(w, mine, other)
		}},
		"other keys": {gate.TicketSealed, func(w *world, mine, other wallet) *secure.ClientResumption {
			w.gate.SetTicketKeys(newTicketKeys(w.t))
			return simple(w, mine, other)
		}},
		"expired": {gate.TicketExpired, func(w *world, mine, other wallet) *secure.ClientResumption {
			time.Sleep(20 * time.Second)
			return simple(w, mine, other)
		}},
		"other suite": {gate.TicketSuite, func(w *world, mine, _ wallet) *secure.ClientResumption {
			changed := mine[0]
			changed.Suite = secure.HybridAESGCM
			return w.resumption(changed, again(7))
		}},
		"thief without the secret": {gate.TicketSecret, func(w *world, mine, other wallet) *secure.ClientResumption {
			stolen := mine[0]
			stolen.Secret = other[0].Secret
			return w.resumption(stolen, again(7))
		}},
		"no Login": {gate.TicketMalformed, func(w *world, mine, _ wallet) *secure.ClientResumption {
			r, err := secure.NewClientResumption(secure.ClientConfig{Roots: w.roots, Now: time.Now}, mine[0], []byte("not a Login"))
			must(w.t, err)
			return r
		}},
		"downgrade": {gate.TicketDowngrade, with(func(m *msgdef.Login) {
			m.Suites = []byte{byte(secure.ClassicalAESGCM), byte(secure.HybridAESGCM)}
		})},
		"other version":  {gate.TicketDowngrade, with(func(m *msgdef.Login) { m.Versions = []byte{2} })},
		"other device":   {gate.TicketDevice, with(func(m *msgdef.Login) { m.Device = 8 })},
		"no device":      {gate.TicketDevice, with(func(m *msgdef.Login) { m.Device = 0 })},
		"app is too old": {gate.TicketApp, with(func(m *msgdef.Login) { m.App = "old/1" })},
		"revoked since": {gate.TicketAccount, func(w *world, mine, other wallet) *secure.ClientResumption {
			w.far.change(func(e *farEnd) { e.accounts++ })
			return simple(w, mine, other)
		}},
		"no message service": {gate.TicketUnavailable, failing("Resume", msgdef.CodeUnavailable)},
		"no heads":           {gate.TicketUnavailable, failing("Heads", msgdef.CodeTimeout)},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				old, err := gate.ParseMinApp("old/2")
				must(t, err)
				w := newWorld(t, func(o *gate.Options) {
					o.Times.Ticket = 20 * time.Second
					o.MinApps = []gate.MinApp{old}
				})
				live, mine := w.tickets("alice", 7)
				_, other := w.tickets("bob", 9)
				r := a.prepare(w, mine, other)
				live.roundTrip(1)
				before := w.far.began()
				c := w.dial()
				c.write(r.Packet())
				if reply := c.packet(secure.ResumeReplySize); !bytes.Equal(reply, secure.AppendNoTicket(nil)) {
					t.Fatalf("reply %x", reply)
				}
				live.roundTrip(2)
				if now := w.far.began(); len(now) != len(before) || w.gate.Users() != 2 {
					t.Errorf("%d sessions began, %d users", len(now)-len(before), w.gate.Users())
				}
				w.unresumed(a.why, 1)
				c.handshake()
				c.enter(loginOf("carol", 1))
				c.roundTrip(1)
				if s := w.gate.Stats(); s.Resumed != 0 || len(s.Unresumed) != 1 {
					t.Errorf("%+v", s)
				}
			})
		})
	}
}

// TestTicketOnce takes a ticket once, and then a full handshake; a second ticket
// on the same connection is garbage.
func TestTicketOnce(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		_, tickets := w.tickets("alice", 7)
		c := w.resume(tickets[0], again(7))
		c.confirm()
		w.denied(w.resumption(tickets[0], again(7)), "alice", 7)
		w.unresumed(gate.TicketUnknown, 1)
		greedy := w.dial()
		greedy.write(w.resumption(tickets[0], again(7)).Packet())
		greedy.packet(secure.ResumeReplySize)
		greedy.write(w.resumption(tickets[1], again(7)).Packet())
		greedy.expectSilentEnd()
		synctest.Wait()
		w.wantCloses(gate.ReasonGarbage, 1)
		if w.far.kept() != 2+1 { // those of the resumed login, and the greedy one's second
			t.Errorf("%d tickets are left", w.far.kept())
		}
	})
}

// TestRegistryHangs costs the client a second, and not its login.
func TestRegistryHangs(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		_, tickets := w.tickets("alice", 7)
		w.far.hangTickets()
		start := time.Now()
		c := w.denied(w.resumption(tickets[0], again(7)), "alice", 7)
		c.roundTrip(1)
		if took := time.Since(start); took != time.Second {
			t.Errorf("a login took %v", took)
		}
		w.unresumed(gate.TicketRegistry, 1)
	})
}

// TestNoTicketInAnotherCodec goes on in the codec of Hello, whatever that of
// Resume was.
func TestNoTicketInAnotherCodec(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		_, tickets := w.tickets("alice", 7)
		m := again(8)
		r, err := secure.NewClientResumption(secure.ClientConfig{Roots: w.roots, Now: time.Now, Codec: codec.JSON}, tickets[0], m.AppendJSON(nil))
		must(t, err)
		w.denied(r, "alice", 7).roundTrip(1)
		w.unresumed(gate.TicketDevice, 1)
	})
}

// TestRefusedResume tells who cannot be served at all.
func TestRefusedResume(t *testing.T) {
	for name, c := range map[string]struct {
		change func(packet []byte) []byte
		code   msgdef.ErrorCode
		reason gate.Reason
	}{
		"version": {func(p []byte) []byte { p[3] = 2; return p[:6] }, msgdef.CodeVersion, gate.ReasonVersion},
		"suite":   {func(p []byte) []byte { p[4] = 77; return p }, msgdef.CodeSuite, gate.ReasonSuite},
		"codec":   {func(p []byte) []byte { p[5] = 9; return p }, msgdef.CodeCodec, gate.ReasonCodec},
		"garbage": {func(p []byte) []byte { return append(p, 0) }, msgdef.CodeOK, gate.ReasonGarbage},
		"short":   {func(p []byte) []byte { p[22], p[23] = 1, 0; return p }, msgdef.CodeOK, gate.ReasonGarbage},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				w := newWorld(t)
				_, tickets := w.tickets("alice", 7)
				r := w.resumption(tickets[0], again(7))
				h := w.dial()
				h.write(c.change(bytes.Clone(r.Packet())))
				if c.code != msgdef.CodeOK {
					var refused *secure.RefusedError
					if _, _, err := r.Reply(h.packet(secure.ResumeReplySize)); !errors.As(err, &refused) || refused.Refusal.Code != c.code {
						t.Errorf("%v", err)
					}
				}
				h.expectSilentEnd()
				synctest.Wait()
				w.wantCloses(c.reason, 1)
				if w.far.kept() != 2 {
					t.Error("the ticket is spent")
				}
			})
		})
	}
}
