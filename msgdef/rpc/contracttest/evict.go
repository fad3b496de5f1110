package contracttest

import (
	"reflect"
	"slices"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// of is a session of an account's generation.
func of(s rpc.Session, generation uint64) rpc.Session {
	s.Generation = generation
	return s
}

// evict asks for the end of sessions, overwrites the batch, and returns what the
// gates were told; what they were told twice in a row, once: calls may be repeated
// on their way.
func (r routeTest) evict(t *testing.T, items ...rpc.Eviction) (east, west []event) {
	t.Helper()
	before := [2]int{len(r.east.all()), len(r.west.all())}
	batch := &rpc.Evictions{Items: items}
	if err := r.Evictor.Evict(within(t), batch); err != nil {
		t.Fatalf("evict: %v", err)
	}
	loopback.Poison(batch)
	r.settle()
	return slices.Compact(r.east.all()[before[0]:]), slices.Compact(r.west.all()[before[1]:])
}

// evict ends the sessions of a user, or of one device of theirs, and those of
// nobody else.
func evict(t *testing.T, r routeTest) {
	r.register(t, at("east", session(1, 1, 10), session(2, 1, 20), session(3, 5, 30), session(3, 6, 31)))
	r.register(t, at("west", session(1, 2, 11), session(4, 1, 40)))
	kicked := func(epoch, conn uint64, code msgdef.ErrorCode) event {
		return event{epoch: epoch, conn: conn, kind: msgdef.TypeKicked, code: code}
	}
	east, west := r.evict(t,
		rpc.Eviction{UID: 1, Code: msgdef.CodeBanned, Detail: "spam"},
		rpc.Eviction{UID: 3, Device: 6, Code: msgdef.CodeRevoked},
		rpc.Eviction{UID: 4, Device: 9, Code: msgdef.CodeRevoked}, // a device without a session
		rpc.Eviction{UID: 99, Code: msgdef.CodeBanned},            // not online
	)
	if want := []event{kicked(eastEpoch, 10, msgdef.CodeBanned), kicked(eastEpoch, 31, msgdef.CodeRevoked)}; !reflect.DeepEqual(east, want) {
		t.Errorf("east: %+v\nwant %+v", east, want)
	}
	if want := []event{kicked(westEpoch, 11, msgdef.CodeBanned)}; !reflect.DeepEqual(west, want) {
		t.Errorf("west: %+v\nwant %+v", west, want)
	}
}

// evictAgain repeats an eviction: who has come meanwhile with an old login is
// told, and whoever logged in anew stays.
func evictAgain(t *testing.T, r routeTest) {
	eviction := rpc.Eviction{UID: 1, Code: msgdef.CodeDeleted, Generation: 5}
	if east, west := r.evict(t, eviction); len(east)+len(west) > 0 {
		t.Errorf("nobody is there, and %v %v were told", east, west)
	}
	r.register(t, at("east", of(session(1, 1, 10), 4), of(session(1, 2, 11), 5), of(session(1, 3, 12), 6)))
	for range 2 { // the gate has not said that it is over: the first call may be lost
		east, _ := r.evict(t, eviction)
		if want := []event{{epoch: eastEpoch, conn: 10, kind: msgdef.TypeKicked, code: msgdef.CodeDeleted}}; !reflect.DeepEqual(east, want) {
			t.Errorf("%+v, want %+v", east, want)
		}
	}
	if err := r.Route.Unregister(within(t), at("east", session(1, 1, 10))); err != nil {
		t.Fatal(err)
	}
	if east, _ := r.evict(t, eviction); len(east) > 0 {
		t.Errorf("told again: %+v", east)
	}
}

// evictSizes evicts nobody, and as many as there may be, and refuses what
// nobody may ask.
func evictSizes(t *testing.T, r routeTest) {
	const most = 4096
	r.register(t, at("east", repeat(2*most, func(i int) rpc.Session {
		return session(uint64(i/2+1), uint64(i%2+1), uint64(i+1))
	})...))
	if east, west := r.evict(t); len(east)+len(west) > 0 {
		t.Errorf("nobody was named, and %v %v were told", east, west)
	}
	all := func(n int) []rpc.Eviction {
		return repeat(n, func(i int) rpc.Eviction { return rpc.Eviction{UID: uint64(i + 1), Code: msgdef.CodeBanned} })
	}
	if east, _ := r.evict(t, all(most)...); len(east) != 2*most {
		t.Errorf("%d sessions were told, want %d", len(east), 2*most)
	}
	before := len(r.east.all())
	for what, items := range map[string][]rpc.Eviction{
		"too many":       all(most + 1),
		"nobody":         {{UID: 1, Code: msgdef.CodeBanned}, {Code: msgdef.CodeBanned}},
		"no reason":      {{UID: 1}},
		"another's code": {{UID: 1, Code: msgdef.CodeBusy}},
	} {
		refused(t, what, r.Evictor.Evict(within(t), &rpc.Evictions{Items: items}), msgdef.CodeBadArgument)
	}
	r.settle()
	if n := len(r.east.all()) - before; n != 0 {
		t.Errorf("batches that were refused told %d sessions", n)
	}
}
