package contracttest

import (
	"context"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// RouteParts is a route without gates, and how to attach one.
type RouteParts struct {
	Route    rpc.Route
	Notifier rpc.Notifier
	Evictor  rpc.Evictor
	Attach   func(id string, epoch uint64, g rpc.Gate)

	// Settle waits until what was to be told to gates has reached them; nil when
	// it has as soon as the call returned.
	Settle func()
}

// RouteFactory returns a route. Its service need not know any user: what a
// route passes on is checked by running Service on the route.
type RouteFactory func(t testing.TB) RouteParts

// Route checks an implementation of rpc.Route, rpc.Notifier and rpc.Evictor,
// which is the master of its region.
func Route(t *testing.T, open RouteFactory) {
	for name, check := range map[string]func(*testing.T, routeTest){
		"batch sizes":        routeSizes,
		"ended context":      routeEnded,
		"presence":           presence,
		"presence limits":    presenceLimits,
		"unregister":         unregister,
		"early unregister":   earlyUnregister,
		"displacement":       displacement,
		"unknown gate":       unknownGate,
		"new epoch":          newEpoch,
		"notify":             notify,
		"notify sizes":       notifySizes,
		"notify bad index":   notifyBadIndex,
		"notify order":       notifyOrder,
		"evict":              evict,
		"evict again":        evictAgain,
		"evict sizes":        evictSizes,
		"receipts":           receipts,
		"receipts of others": receiptsOfStrangers,
	} {
		t.Run(name, func(t *testing.T) {
			r := routeTest{RouteParts: open(t), east: newGateLog(), west: newGateLog()}
			r.Attach("east", eastEpoch, r.east)
			r.Attach("west", westEpoch, r.west)
			check(t, r)
		})
	}
}

// Epochs of the two gates.
const (
	eastEpoch = 100
	westEpoch = 200
)

// routeTest is a route with two gates.
type routeTest struct {
	RouteParts
	east, west *gateLog
}

// at is a batch of one gate.
func at(gate string, sessions ...rpc.Session) *rpc.SessionBatch {
	epoch := uint64(eastEpoch)
	if gate == "west" {
		epoch = westEpoch
	}
	return &rpc.SessionBatch{Gate: gate, Epoch: epoch, Items: sessions}
}

// session is a session of a user's device, which began at its connection's
// number in milliseconds.
func session(uid, device, conn uint64) rpc.Session {
	return rpc.Session{UID: uid, Device: device, Conn: conn, Since: int64(conn)}
}

// settle waits for what is on its way to gates.
func (r routeTest) settle() {
	if r.Settle != nil {
		r.Settle()
	}
}

// register adds sessions and ends the test when that fails.
func (r routeTest) register(t testing.TB, batch *rpc.SessionBatch) *rpc.SessionBatch {
	t.Helper()
	if err := r.Route.Register(within(t), batch); err != nil {
		t.Fatalf("register: %v", err)
	}
	return batch
}

// online asks who is online of those named, or at all.
func (r routeTest) online(t testing.TB, uids ...uint64) *rpc.PresenceReply {
	t.Helper()
	return must[rpc.PresenceReply](t)(r.Route.Presence(within(t), &rpc.PresenceRequest{UIDs: uids}))
}

// calls returns the calls about sessions.
func (r routeTest) calls() []batchCall {
	sessions := func(n int) *rpc.SessionBatch {
		return at("east", repeat(n, func(i int) rpc.Session { return session(uint64(i+1), 1, uint64(i+1)) })...)
	}
	return []batchCall{
		{"Register", maxSessions, func(ctx context.Context, n int) (int, error) {
			return n, r.Route.Register(ctx, sessions(n))
		}},
		{"Unregister", maxSessions, func(ctx context.Context, n int) (int, error) {
			return n, r.Route.Unregister(ctx, sessions(n))
		}},
	}
}

func routeSizes(t *testing.T, r routeTest) {
	for _, c := range r.calls() {
		c.sizes(t)
	}
}

func routeEnded(t *testing.T, r routeTest) {
	for _, c := range r.calls() {
		c.ended(t)
	}
	_, err := r.Route.Presence(cancelled(), new(rpc.PresenceRequest))
	refused(t, "Presence with a context that has ended", err, msgdef.CodeTimeout)
	refused(t, "Evict with a context that has ended", r.Evictor.Evict(cancelled(), new(rpc.Evictions)), msgdef.CodeTimeout)
	_, err = r.Route.Read(cancelled(), new(rpc.Reads))
	refused(t, "Read with a context that has ended", err, msgdef.CodeTimeout)
	if got := r.online(t); got.Total != 0 {
		t.Errorf("calls that were refused left %d users", got.Total)
	}
}
