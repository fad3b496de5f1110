package node

import (
	"context"
	"strconv"
	"time"

	"github.com/sim-im/sim/msgdef/rpc/kitex"
	"github.com/sim-im/sim/route"
	"github.com/sim-im/sim/route/registry"
	"github.com/sim-im/sim/tools/ops"
)

// RouteOptions say how a route runs.
type RouteOptions struct {
	Common
	Policy route.Policy // which devices of a user may be logged in at once; the same in a region
}

// Validate lists everything that is wrong, in the names of flags.
func (o RouteOptions) Validate() error { return o.Common.validate(registry.Route) }

// Route is a route that runs.
//
//	gates ─▶ route.Server ─▶ kitex.Service        whichever message service is there
//	 ▲           │ │  ▲  ▲
//	 └─kitex.Gate┘ │  │  └── Notify               from message services
//	               │  └───── Claim, Tell          from business services
//	               └───────▶ kitex.Application    of whoever claimed a type
type Route struct {
	*Process
	services *kitex.Service
	route    *route.Server
	gates    *tally
}

// StartRoute starts a route. ctx bounds the start only.
func StartRoute(ctx context.Context, options RouteOptions) (*Route, error) {
	p, err := newProcess(registry.Route, options.Common, options.Validate())
	if err != nil {
		return nil, err
	}
	r := &Route{Process: p, gates: &tally{}}
	if err := p.start(ctx, p.openListeners, p.openRegistry, r.openServices, func() error { return r.openRoute(options.Policy) }, r.openGates); err != nil {
		return nil, err
	}
	return r, nil
}

// openServices finds who answers requests and hands out masterships.
func (r *Route) openServices() (err error) {
	r.services, err = kitex.DialService(r.calls(&endpoints{view: r.registry.View(registry.IMService)}))
	if err != nil {
		return err
	}
	r.onClose(closed(r.services.Close))
	r.needs("imservice", r.services.Health)
	r.metrics = append(r.metrics, callMetrics("route", "imservice", r.services))
	return nil
}

func (r *Route) openRoute(policy route.Policy) (err error) {
	r.route, err = route.New(route.Options{
		Service: r.services, Leases: r.services, Registry: r.registry, Tickets: r.registry.Tickets(r.common.Region), Dial: kitex.DialClaims(r.calls(nil)),
		Region: r.common.Region, ID: r.holder(), Learn: learnClaims, Policy: policy,
		Logger: r.logger, Now: r.common.Now,
	})
	if err != nil {
		return err
	}
	r.onClose(closed(r.route.Close))
	r.metrics = append(r.metrics, ops.RouteMetrics(r.route), callMetrics("route", "gate", r.gates))
	return nil
}

// learnClaims is longer than services take to find a route that was started
// again: they try twice a second, and renew every two.
const learnClaims = 3 * time.Second

// holder names this process of the route to those who hand out masterships: the
// next one of the same id must not take over a term that the last one may still
// believe in.
func (r *Route) holder() string {
	const most = 48 // of the 64 bytes of a holder; the rest is the epoch's
	id := r.common.ID
	return id[:min(len(id), most)] + "/" + strconv.FormatUint(r.epoch, 36)
}

// openGates finds the region's gates, and answers.
func (r *Route) openGates() error {
	r.follow(follower{
		view: r.registry.View(registry.Gate), region: r.common.Region,
		attach: r.attachGate, listed: r.lives,
	})
	if err := r.serve(kitex.OfferRoute(r.route, r.route, r.route, r.route, r.route)); err != nil {
		return err
	}
	r.announce(r.common.Settle)
	return nil
}

// lives tells which gates there should be. That there are none is believed
// only when the registry can be asked.
func (r *Route) lives(gates []registry.Instance) (again bool) {
	if len(gates) == 0 && r.registry.Health() != nil {
		return true
	}
	ids := make([]string, len(gates))
	for i, g := range gates {
		ids[i] = g.ID
	}
	r.route.Lives(ids)
	return false
}

// flushPatience is how long a gate that left may take for what is queued.
const flushPatience = time.Second

// attachGate makes a process of a gate one that is delivered to.
func (r *Route) attachGate(i registry.Instance) (detach func(), err error) {
	if err := r.otherVersion(i); err != nil {
		return nil, err
	}
	gate, err := kitex.DialGate(r.calls(nil), endpoint(i))
	if err != nil {
		return nil, err
	}
	remove := r.gates.add(gate)
	r.route.AttachGate(i.ID, i.Epoch, gate)
	return func() {
		r.route.DetachGate(i.ID, i.Epoch)
		ctx, cancel := context.WithTimeout(context.Background(), flushPatience)
		defer cancel()
		_ = gate.Flush(ctx) // what it does not take is counted as lost
		gate.Close()
		remove()
	}, nil
}

// Stats returns the route's counters.
func (r *Route) Stats() route.Stats { return r.route.Stats() }

// Master returns whether the route is master of its region, and the term.
func (r *Route) Master() (term uint64, master bool) { return r.route.Master() }
