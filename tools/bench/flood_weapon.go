package bench

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/gate/transport/tcp"
	"github.com/sim-im/sim/msgdef/secure"
)

// weapon is what an attacker does over and over: it connects, says what it has
// prepared, and goes when the gate has closed. It is as cheap for the attacker as
// Go and the system allow: the bytes are always the same.
type weapon struct {
	server string
	dialer net.Dialer
	packet []byte
	strike func(ctx context.Context) error
	closes []func() error
}

// close lets go what attackers hold.
func (w *weapon) close() (err error) {
	for _, closes := range w.closes {
		err = errors.Join(err, closes())
	}
	return err
}

// weapon prepares an attack.
func (p FloodPlan) weapon(ctx context.Context) (*weapon, error) {
	roots, err := readRoots(p.Target.Roots)
	if err != nil {
		return nil, err
	}
	w := &weapon{
		server: p.Target.Servers[0],
		dialer: net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(attacker(), 0))},
	}
	w.strike = w.throw
	config := secure.ClientConfig{Roots: roots, Now: time.Now, Suite: secure.HybridAESGCM}
	switch p.Kind {
	case FloodHello:
		h, err := secure.NewClientHandshake(config)
		if err != nil {
			return nil, err
		}
		w.packet = h.Hello()
	case FloodResume:
		ticket := secure.Ticket{Suite: secure.HybridAESGCM}
		rand.Read(ticket.ID[:]) // never fails
		r, err := secure.NewClientResumption(config, ticket, make([]byte, 100))
		if err != nil {
			return nil, err
		}
		w.packet = r.Packet()
	case FloodGarbage:
		w.packet = []byte("GET / HTTP/1.1\r\nHost: gate\r\n\r\n")
	case FloodBrowser:
		w.server = p.Browsers
		w.packet = []byte("GET /sim HTTP/1.1\r\nHost: gate\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	case FloodWSS:
		w.server = p.Browsers
		w.packet, err = helloTLS()
	case FloodQUIC:
		return w, w.barrage(ctx, p, roots)
	case FloodLogin:
		w.strike = func(ctx context.Context) error { return w.guess(ctx, roots) }
	}
	return w, err
}

// patienceOfAttackers bounds an attempt, so that a gate that forgets to close is
// noticed.
const patienceOfAttackers = 20 * time.Second

// errUnanswered is a gate that neither refuses nor closes.
var errUnanswered = fmt.Errorf("%w: a connection of the flood was kept", ErrIntegrity)

// throw is one attempt. It reads to the end, because whoever closes first keeps
// the port.
func (w *weapon) throw(ctx context.Context) error {
	c, err := w.dialer.DialContext(ctx, "tcp", w.server)
	if err != nil {
		return fmt.Errorf("bench: the attacker at %v: %w", attacker(), err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(patienceOfAttackers)) // it is open
	_, _ = c.Write(w.packet)                               // it may be refused already
	if _, err = io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
		return errUnanswered
	}
	return nil // a reset is an end as well
}

// guess is one attempt to log in with a password.
func (w *weapon) guess(ctx context.Context, roots *secure.Roots) error {
	c, err := client.New(client.Options{
		Address: w.server, Roots: roots, Dialer: tcp.Dialer{Local: attacker()},
		Account: victim, Password: "guessed", NoResume: true,
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patienceOfAttackers)
	defer cancel()
	if c.Connect(ctx) == nil {
		err = fmt.Errorf("%w: a wrong password was taken", ErrIntegrity)
	}
	return errors.Join(err, c.Close())
}

// exhaust uses up what the attacker's address is allowed, in handshakes or wrong
// passwords, so that all that follows is refused.
func (w *weapon) exhaust(ctx context.Context, kind, server string) error {
	for range floodBurst + floodRate {
		if kind == FloodLogin {
			if err := w.strike(ctx); err != nil {
				return err
			}
			continue
		}
		c, err := w.dialer.DialContext(ctx, "tcp", server)
		if err != nil {
			return fmt.Errorf("bench: the attacker at %v: %w", attacker(), err)
		}
		c.Close()
	}
	return nil
}
