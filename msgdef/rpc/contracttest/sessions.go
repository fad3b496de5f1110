package contracttest

import (
	"reflect"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// presence lists users with their devices and their oldest session.
func presence(t *testing.T, r routeTest) {
	loopback.Poison(r.register(t, at("east", session(3, 1, 31), session(1, 1, 11), session(3, 2, 32))))
	loopback.Poison(r.register(t, at("west", session(3, 3, 29))))
	one := msgdef.Online{UID: 1, Devices: 1, Since: 11}
	three := msgdef.Online{UID: 3, Devices: 3, Since: 29}
	for _, test := range []struct {
		asked []uint64
		want  []msgdef.Online
	}{
		{nil, []msgdef.Online{one, three}},
		{[]uint64{3, 2, 1, 3}, []msgdef.Online{one, three}},
		{[]uint64{3}, []msgdef.Online{three}},
		{[]uint64{2}, nil},
	} {
		loopback.Poison(r.online(t, test.asked...)) // the caller's own
		got := r.online(t, test.asked...)
		if len(got.Users)+len(test.want) > 0 && !reflect.DeepEqual(got.Users, test.want) {
			t.Errorf("of %v: %+v, want %+v", test.asked, got.Users, test.want)
		}
		if int(got.Total) != len(test.want) {
			t.Errorf("of %v: total %d, want %d", test.asked, got.Total, len(test.want))
		}
	}
}

// presenceLimits asks about more users than an answer holds.
func presenceLimits(t *testing.T, r routeTest) {
	const users = 3*maxPresence + 7
	r.register(t, at("east", repeat(users, func(i int) rpc.Session {
		return session(uint64(users-i), 1, uint64(i+1))
	})...))
	for _, limit := range []uint16{0, 1, 10, maxPresence} {
		reply := must[rpc.PresenceReply](t)(r.Route.Presence(within(t), &rpc.PresenceRequest{Limit: limit}))
		want := int(limit)
		if limit == 0 {
			want = maxPresence
		}
		if len(reply.Users) != want || reply.Total != users {
			t.Errorf("limit %d: %d of %d users", limit, len(reply.Users), reply.Total)
		}
		for i, u := range reply.Users {
			if u.UID != uint64(i+1) {
				t.Fatalf("limit %d: user %d in the place of %d", limit, u.UID, i+1)
			}
		}
	}
	uid := func(i int) uint64 { return uint64(i + 1) }
	if got := r.online(t, repeat(maxPresence, uid)...); got.Total != maxPresence {
		t.Errorf("%d of %d named users", got.Total, maxPresence)
	}
	_, err := r.Route.Presence(within(t), &rpc.PresenceRequest{UIDs: repeat(maxPresence+1, uid)})
	refused(t, "too many users", err, msgdef.CodeBadArgument)
}

// unregister takes sessions out by their connection, and nothing else.
func unregister(t *testing.T, r routeTest) {
	r.register(t, at("east", session(1, 1, 10), session(1, 2, 11), session(2, 1, 12)))
	for _, batch := range []*rpc.SessionBatch{
		at("east", session(1, 1, 10), session(9, 9, 99)), // the second is unknown
		at("east", session(2, 1, 13)),                    // another connection of the device
		at("west", session(2, 1, 12)),                    // the same number at another gate
	} {
		if err := r.Route.Unregister(within(t), batch); err != nil {
			t.Fatalf("unregister: %v", err)
		}
		loopback.Poison(batch)
	}
	want := []msgdef.Online{{UID: 1, Devices: 1, Since: 11}, {UID: 2, Devices: 1, Since: 12}}
	if got := r.online(t).Users; !reflect.DeepEqual(got, want) {
		t.Errorf("online: %+v, want %+v", got, want)
	}
}

// earlyUnregister ends a connection before it is registered, as may happen when
// the calls overtake each other, and again after: it never becomes a ghost.
func earlyUnregister(t *testing.T, r routeTest) {
	batch := at("east", session(1, 1, 10))
	if err := r.Route.Unregister(within(t), batch); err != nil {
		t.Fatal(err)
	}
	r.register(t, batch)
	if got := r.online(t); got.Total != 0 {
		t.Errorf("a connection that had ended is online: %+v", got.Users)
	}
	r.register(t, at("east", session(1, 1, 11)))
	r.register(t, batch) // once more, late: must not displace the living
	if err := r.Route.Unregister(within(t), batch); err != nil {
		t.Fatal(err)
	}
	if got := r.online(t); got.Total != 1 || got.Users[0].Since != 11 {
		t.Errorf("the living connection: %+v", got)
	}
	r.settle()
	if got := r.east.all(); len(got) != 0 {
		t.Errorf("kicked: %+v", got)
	}
}

// displacement has a device log in again, at the same gate and at another.
func displacement(t *testing.T, r routeTest) {
	r.register(t, at("east", session(1, 1, 10), session(1, 2, 20)))
	r.register(t, at("east", session(1, 1, 10))) // the same once more
	r.register(t, at("west", session(1, 1, 30)))
	r.register(t, at("west", session(1, 1, 31)))
	kick := func(epoch, conn uint64) []event {
		return []event{{epoch: epoch, conn: conn, kind: msgdef.TypeKicked, code: msgdef.CodeReplaced}}
	}
	r.settle()
	if got, want := r.east.await(t, 1), kick(eastEpoch, 10); !reflect.DeepEqual(got, want) {
		t.Errorf("east: %+v, want %+v", got, want)
	}
	if got, want := r.west.await(t, 1), kick(westEpoch, 30); !reflect.DeepEqual(got, want) {
		t.Errorf("west: %+v, want %+v", got, want)
	}
	// The displaced connection ends after its successor came.
	if err := r.Route.Unregister(within(t), at("east", session(1, 1, 10))); err != nil {
		t.Fatal(err)
	}
	want := []msgdef.Online{{UID: 1, Devices: 2, Since: 20}}
	if got := r.online(t).Users; !reflect.DeepEqual(got, want) {
		t.Errorf("online: %+v, want %+v", got, want)
	}
}

// unknownGate is told to try again later.
func unknownGate(t *testing.T, r routeTest) {
	stranger := &rpc.SessionBatch{Gate: "north", Epoch: 1, Items: []rpc.Session{session(1, 1, 1)}}
	refused(t, "a gate that is not attached", r.Route.Register(within(t), stranger), msgdef.CodeUnavailable)
	for _, bad := range []rpc.Session{session(0, 1, 5), session(1, 0, 5)} {
		err := r.Route.Register(within(t), at("east", session(2, 1, 4), bad))
		refused(t, "nobody's session", err, msgdef.CodeBadArgument)
	}
	if got := r.online(t); got.Total != 0 {
		t.Errorf("online: %+v", got.Users)
	}
}

// newEpoch replaces the process of a gate: its sessions are gone, and what the
// dead process still says is ignored.
func newEpoch(t *testing.T, r routeTest) {
	r.register(t, at("east", session(1, 1, 10), session(2, 1, 11)))
	r.register(t, at("west", session(1, 2, 20)))
	next := newGateLog()
	r.Attach("east", eastEpoch+1, next)
	r.register(t, at("east", session(3, 1, 12)))
	want := []msgdef.Online{{UID: 1, Devices: 1, Since: 20}}
	if got := r.online(t).Users; !reflect.DeepEqual(got, want) {
		t.Errorf("online: %+v, want %+v", got, want)
	}
	born := at("east", session(3, 1, 10)) // numbers start again in a new process
	born.Epoch++
	r.register(t, born)
	if err := r.Route.Unregister(within(t), at("east", session(3, 1, 10))); err != nil {
		t.Fatal(err)
	}
	if got := r.online(t, 3); got.Total != 1 {
		t.Error("the dead process took out a session of the living one")
	}
	r.settle()
	if got := append(r.east.all(), next.all()...); len(got) != 0 {
		t.Errorf("kicked: %+v", got)
	}
}
