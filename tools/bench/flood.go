package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// FloodPlan is an attack on a gate by one address, beside honest logins of
// others.
type FloodPlan struct {
	Kind      string        // one of FloodKinds
	Attackers int           // connections of the attacker under way at once
	Duration  time.Duration // measured
	Target    Target        // with its metrics; started anew for it when there are no servers
	Browsers  string        // HOST:PORT where Target takes browsers, for FloodBrowser and FloodWSS

	cert, key string // files for browsers, made for the gate that is started
}

// Kinds of floods.
const (
	FloodConnect = "connect" // connections that say nothing
	FloodHello   = "hello"   // the same first packet of a handshake again and again, which costs its sender no keys
	FloodResume  = "resume"  // the same first packet with a ticket that nobody gave out
	FloodGarbage = "garbage" // another protocol
	FloodLogin   = "login"   // whole handshakes, and wrong passwords
	FloodQUIC    = "quic"    // first packets over QUIC, of as many connections as the attacker has prepared
	FloodBrowser = "browser" // requests that are none, where browsers connect without TLS
	FloodWSS     = "wss"     // the same first packet of TLS again and again, where browsers connect with it
)

// FloodKinds lists them.
func FloodKinds() []string {
	return []string{FloodConnect, FloodHello, FloodResume, FloodGarbage, FloodLogin, FloodQUIC, FloodBrowser, FloodWSS}
}

// Validate returns every mistake at once.
func (p FloodPlan) Validate() error {
	var l mistakes
	l.unless(slices.Contains(FloodKinds(), p.Kind), "kind is %q; want one of %v", p.Kind, FloodKinds())
	l.unless(p.Attackers >= 1 && p.Attackers <= 256, "attackers is %d; want 1 to 256", p.Attackers)
	l.unless(p.Duration > 0, "duration is %v; want a positive time", p.Duration)
	return errors.Join(l...)
}

// Limits of the gate under attack: an address has few handshakes, so that what
// is measured is what it costs to refuse more. Logins are refused by the message
// service, so there the gate lets everything through.
const (
	floodRate  = 1  // per second
	floodBurst = 20 // also how many wrong passwords an account has in a minute
)

// floodCommand is how the server under attack is started.
func (p FloodPlan) floodCommand() []string {
	command := []string{"dev", "--rpc", "127.0.0.1:0"}
	if p.Kind == FloodLogin {
		return append(command, "--address-rate=-1")
	}
	switch p.Kind {
	case FloodBrowser:
		command = append(command, "--ws", p.Browsers)
	case FloodWSS:
		command = append(command, "--ws", p.Browsers, "--ws-cert", p.cert, "--ws-key", p.key)
	}
	return append(command, fmt.Sprint("--address-rate=", floodRate), fmt.Sprint("--address-burst=", floodBurst))
}

// RunFlood attacks and reports. A gate that let in whom it should not, or kept
// out whom it should not, is in Flood.Err, not in the error.
func RunFlood(ctx context.Context, p FloodPlan, progress io.Writer) (f Flood, err error) {
	if err := p.Validate(); err != nil {
		return Flood{}, err
	}
	if len(p.Target.Servers) == 0 {
		free, err := freeTarget("")
		if err != nil {
			return Flood{}, err
		}
		p.Browsers = free.Servers[0]
		remove, err := p.certify()
		if err != nil {
			return Flood{}, err
		}
		defer func() { err = errors.Join(err, remove()) }()
		server, err := spawn(ctx, "", p.floodCommand()...)
		if err != nil {
			return Flood{}, err
		}
		defer func() { err = errors.Join(err, server.Stop()) }()
		p.Target = server.Target
	}
	attack, err := p.weapon(ctx)
	if err != nil {
		return Flood{}, err
	}
	defer func() { err = errors.Join(err, attack.close()) }()
	honest, err := befriend(ctx, p.Target)
	if err != nil {
		return Flood{}, err
	}
	fmt.Fprintf(progress, "%s: %d attackers for %v\n", p.Kind, p.Attackers, p.Duration)
	if err := attack.exhaust(ctx, p.Kind, p.Target.Servers[0]); err != nil {
		return Flood{}, err
	}
	return p.measure(ctx, attack, honest)
}

// measure runs attackers and honest clients side by side.
func (p FloodPlan) measure(ctx context.Context, attack *weapon, honest *friends) (Flood, error) {
	before, err := p.Target.siege(ctx)
	if err != nil {
		return Flood{}, err
	}
	own, start := ownCPU(), time.Now()
	within, cancel := context.WithTimeout(ctx, p.Duration)
	defer cancel()
	var attempts atomic.Uint64
	var g errgroup.Group
	for range p.Attackers {
		g.Go(func() error {
			for within.Err() == nil {
				if err := attack.strike(ctx); err != nil {
					return err
				}
				attempts.Add(1)
			}
			return nil
		})
	}
	g.Go(func() error { return honest.comeAndGo(ctx, within) })
	if err := g.Wait(); err != nil {
		return Flood{}, because(ctx, err)
	}
	spent, took := ownCPU()-own, time.Since(start)
	after, err := p.Target.siege(ctx)
	if err != nil {
		return Flood{}, err
	}
	f := Flood{
		Kind: p.Kind, Attackers: p.Attackers, Seconds: took.Seconds(), Attempts: attempts.Load(),
		Closes: after.since(before), Honest: honest.report(),
	}
	f.weigh(after.usage.CPU-before.usage.CPU, spent)
	return f, nil
}

// attacker is the address that floods; honest clients have others.
func attacker() netip.Addr { return netip.AddrFrom4([4]byte{127, 0, 0, 66}) }
