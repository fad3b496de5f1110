package route

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// Registry is the part of a registry that a route needs, see registry.Registry.
type Registry interface {
	// Online tells who of at most 500 users is online anywhere.
	Online(ctx context.Context, uids []uint64) ([]msgdef.Online, error)

	// Sweep removes what dead gates have left, at most limit sessions.
	Sweep(ctx context.Context, region string, term uint64, limit int) (removed int, more bool, err error)
}

// Options is what a Server is made of. Only Service is needed: without Leases a
// route is the only one and its own master, and without Registry it takes it
// that it knows all sessions there are.
type Options struct {
	// Service is where gates' calls go.
	Service rpc.Service

	// Logger gets what operators should know; nil is silence.
	Logger *slog.Logger

	// Now is the clock, whose monotonic part counts where it has one; nil is
	// time.Now.
	Now func() time.Time

	// Region is where this route is, ID its process: no two have the same. Both
	// are 1 to 64 bytes, and needed with Leases.
	Region, ID string

	// Leases makes one route of the region its master; nil in one process.
	Leases rpc.Leases

	// Registry knows of sessions that this route does not; nil in one process.
	Registry Registry

	// Tickets is where what lets sessions be resumed is kept; nil keeps nothing, so
	// that every login is a full one.
	Tickets rpc.Tickets

	// OnPresence gets who came and went, about once a second, from a master only;
	// nil has it logged at debug level. It must not block for long.
	OnPresence func([]Change)

	// Renew is how often the lease is renewed, 0 means 2 s. StepDown is how long a
	// master acts after it asked for the last renewal it got; less than a lease,
	// 0 means 4.5 s.
	Renew, StepDown time.Duration

	// Rounds is how often a master looks after what it has to do; 0 means 2 s.
	Rounds time.Duration

	// Fresh is how long a gate that says nothing counts as in sync; 0 means 6 s.
	Fresh time.Duration

	// Dial returns an instance of a business service and what ends the use of it.
	// It does not connect, or wait for anything else. Nil takes no claims.
	Dial func(rpc.Claim) (rpc.Application, func(), error)

	// Claim is how long a claim holds that is not renewed; 0 means 6 s. Handle is
	// how long a business service may take for a batch; 0 means 2 s.
	Claim, Handle time.Duration

	// Learn is how long after its start a route takes it that services have not yet
	// come back to it: frames of types that nobody claims are answered with
	// CodeUnavailable and a time to come again, and CodeUnknownType afterwards. 0
	// is right where services start after the route.
	Learn time.Duration

	// Policy says which sessions a user may have at once; the same in all routes of
	// a region.
	Policy Policy

	// Devices is how many sessions a user may have; the oldest gives way to the
	// next. 0 means 64, and more than 65535 is refused.
	Devices int

	// KickTimeout bounds a call that tells a gate to kick; 0 means 5 s.
	KickTimeout time.Duration
}

// withDefaults fills in what was left out.
func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Devices == 0 {
		o.Devices = 64
	}
	for _, d := range []struct {
		value   *time.Duration
		without time.Duration
	}{
		{&o.KickTimeout, 5 * time.Second},
		{&o.Renew, 2 * time.Second},
		{&o.StepDown, 4500 * time.Millisecond},
		{&o.Rounds, 2 * time.Second},
		{&o.Fresh, 6 * time.Second},
		{&o.Claim, 6 * time.Second},
		{&o.Handle, 2 * time.Second},
	} {
		if *d.value == 0 {
			*d.value = d.without
		}
	}
	return o
}

// validate returns why a Server cannot be made of o.
func (o Options) validate() error {
	switch {
	case o.Service == nil:
		return errors.New("route: no service")
	case o.Devices < 1 || o.Devices > 65535: // msgdef.Online counts them in 16 bits
		return fmt.Errorf("route: %d devices per user, want 1 to 65535", o.Devices)
	case o.Policy >= policies:
		return fmt.Errorf("route: login policy %v", o.Policy)
	case min(o.KickTimeout, o.Renew, o.StepDown, o.Rounds, o.Fresh, o.Claim, o.Handle, o.Learn) < 0:
		return fmt.Errorf("route: a time below zero among %v, %v, %v, %v, %v, %v, %v, %v",
			o.KickTimeout, o.Renew, o.StepDown, o.Rounds, o.Fresh, o.Claim, o.Handle, o.Learn)
	case o.Leases != nil && (o.Renew >= o.StepDown || !named(o.Region) || !named(o.ID)):
		return fmt.Errorf("route: %q in region %q, renewing every %v and stepping down after %v, cannot be a master",
			o.ID, o.Region, o.Renew, o.StepDown)
	}
	return nil
}

// named reports whether s is a name that contracts can carry.
func named(s string) bool { return len(s) >= 1 && len(s) <= 64 }
