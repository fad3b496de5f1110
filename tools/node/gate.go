package node

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/gate/roster"
	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef/codec"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/kitex"
	"github.com/sim-im/sim/msgdef/secure"
	"github.com/sim-im/sim/route/registry"
	"github.com/sim-im/sim/tools/keys"
	"github.com/sim-im/sim/tools/ops"
)

// GateOptions say how a gate runs.
type GateOptions struct {
	Common
	Listen string // HOST:PORT for clients, TCP and QUIC
	NoQUIC bool   // serves TCP only
	NoLoop bool   // has a goroutine wait at each TCP connection, on Linux too
	WS     ops.WebSocket

	Key    keys.Source    // the gate's key
	Suites []secure.Suite // admitted; empty means the hybrid ones
	Codecs []codec.ID     // admitted; empty means all

	// TicketKeys is a file of the keys that seal tickets, the same at all gates of
	// a region. "" has the gate draw its own: clients resume at this gate only.
	TicketKeys string

	PublicPresence bool          // lets anybody ask for everyone who is online
	MinApps        []gate.MinApp // oldest versions of apps that are served

	Limits gate.Limits
	Times  gate.Times
}

// Validate lists everything that is wrong, in the names of flags.
func (o GateOptions) Validate() error {
	errs := []error{o.Common.validate(registry.Gate)}
	if o.Listen == "" {
		errs = append(errs, errors.New("--listen: is needed"))
	}
	if o.Key == nil {
		errs = append(errs, errors.New("--key or --root-key: is needed"))
	}
	return errors.Join(append(errs, o.WS.Validate())...)
}

// Gate is a gate that runs.
//
//	clients ─▶ gate.Server ─▶ kitex.Route                 what the message service answers
//	               │  ▲
//	               │  └────── Deliver, Push, Kick         from every route of the region
//	               └────────▶ roster ─▶ every route of the region, registry
type Gate struct {
	*Process
	options   GateOptions
	listeners []transport.Listener
	browsers  *ops.Browsers // one of them; nil without WS
	routes    *kitex.Route
	roster    *roster.Roster
	gate      *gate.Server
	key       atomic.Pointer[secure.GateKey] // in use

	mu      sync.Mutex
	source  keys.Source // of key: what renewal asks
	tickets string      // file of the ticket keys, "" for none
}

// StartGate starts a gate. It serves clients at once; without a route of its
// region their logins are refused with a time to come again. ctx bounds the
// start only.
func StartGate(ctx context.Context, options GateOptions) (*Gate, error) {
	p, err := newProcess(registry.Gate, options.Common, options.Validate())
	if err != nil {
		return nil, err
	}
	g := &Gate{Process: p, options: options, source: options.Key, tickets: options.TicketKeys}
	if err := p.start(ctx, p.openListeners, g.openClients, g.openBrowsers, p.openRegistry, g.openRoutes, g.openGate, g.openRoster, g.watchIsolation, g.doubtServices, g.serveClients); err != nil {
		return nil, err
	}
	return g, nil
}

// openRoutes finds who answers requests.
func (g *Gate) openRoutes() (err error) {
	view := g.registry.View(registry.Route)
	g.routes, err = kitex.DialRoute(g.calls(&endpoints{view: view, region: g.common.Region}))
	if err != nil {
		return err
	}
	g.onClose(closed(g.routes.Close))
	g.metrics = append(g.metrics, callMetrics("gate", "route", g.routes))
	return nil
}

// openGate makes the gate, and has routes call it. Clients do not yet.
func (g *Gate) openGate() error {
	key, err := g.options.Key()
	if err != nil {
		return &OptionsError{fmt.Errorf("--key, --root-key: %w", err)}
	}
	tickets, err := readTickets(g.options.TicketKeys)
	if err != nil {
		return &OptionsError{err}
	}
	g.roster = roster.New(roster.Options{
		Gate: g.common.ID, Epoch: g.epoch, Logger: g.logger, Now: g.common.Now,
		Changed: func() { g.gate.Recheck() }, // images are followed when there is a gate
	})
	g.gate, err = gate.New(gate.Options{
		ID: g.common.ID, Epoch: g.epoch, Route: upstream{g.routes, g.routes, g.routes, g.routes, g.roster}, Key: key, TicketKeys: tickets,
		Suites: g.options.Suites, Codecs: g.options.Codecs, PublicPresence: g.options.PublicPresence, MinApps: g.options.MinApps,
		Logger: g.logger, Now: g.common.Now, Limits: g.options.Limits, Times: g.options.Times,
	})
	if err != nil {
		return err
	}
	g.key.Store(key)
	g.needs("certificate", func() error { body := g.key.Load().Body(); return keys.Holds(&body, g.common.Now()) })
	g.metrics = append(g.metrics, ops.GateMetrics(g.gate), ops.CertificateMetrics(g.key.Load, g.common.Now), rosterMetrics(g.roster))
	return g.serve(kitex.OfferGate(g.gate))
}

// openRoster lists the gate and keeps images of its sessions. At Close the
// images hear of the last sessions' ends before the gate leaves the registry:
// that is what routes reach it by.
func (g *Gate) openRoster() error {
	g.announce(0)
	g.follow(follower{view: g.registry.View(registry.Route), region: g.common.Region, attach: g.attachRoute})
	g.roster.Follow("registry", g.registry.Image(g.instance()), false)
	g.onClose(func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, lastUpdates)
		defer cancel()
		_ = g.roster.Close(ctx) // an image that does not take it finds out by the lease
		return nil
	})
	g.needs("route", g.roster.Health)
	return nil
}

// doubtServices rechecks the sessions when a message service has started: what
// the one before had stored and not yet told, nobody tells any more.
func (g *Gate) doubtServices() error {
	view := g.registry.View(registry.IMService)
	g.loop("message services", func() error {
		known := map[registry.Instance]bool{}
		for {
			changed := view.Changed()
			for _, i := range view.Instances() {
				if !known[i] {
					g.gate.Recheck()
				}
			}
			clear(known)
			for _, i := range view.Instances() {
				known[i] = true
			}
			select {
			case <-changed:
			case <-g.quit:
				return nil
			}
		}
	})
	return nil
}

// lastUpdates is how long images may take for the last sessions' ends.
const lastUpdates = 2 * time.Second

// attachRoute keeps an image in a route.
func (g *Gate) attachRoute(i registry.Instance) (detach func(), err error) {
	route, err := kitex.DialRoster(g.calls(nil), endpoint(i))
	if err != nil {
		return nil, err
	}
	var image rpc.Roster = route
	if why := g.otherVersion(i); why != nil {
		image = refusing{why}
	}
	stop := g.roster.Follow(i.ID, image, true)
	return func() {
		stop()
		route.Close()
	}, nil
}

// serveClients opens the gate. At Close it asks clients to move away first.
func (g *Gate) serveClients() error {
	g.onClose(g.gate.Shutdown)
	for _, l := range g.listeners {
		g.loop("clients", func() error { return g.gate.Serve(l) })
	}
	g.loop("renewal", g.renew)
	return nil
}

// Stats returns the gate's counters.
func (g *Gate) Stats() gate.Stats { return g.gate.Stats() }

// upstream is a route as gate.Server sees it: what the message and business
// services answer goes through one route, sessions to all of them.
type upstream struct {
	rpc.Service
	rpc.Forwarder
	rpc.Tickets
	presence
	sessions
}

type presence interface {
	Presence(context.Context, *rpc.PresenceRequest) (*rpc.PresenceReply, error)
}

type sessions interface {
	Register(context.Context, *rpc.SessionBatch) error
	Unregister(context.Context, *rpc.SessionBatch) error
}
