package route_test

import (
	"context"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route"
)

// update is one of gate "g" in epoch 1.
func update(seq uint64, began ...rpc.Session) *rpc.RosterUpdate {
	return &rpc.RosterUpdate{Gate: "g", Epoch: 1, Seq: seq, Began: began}
}

// over is an update of sessions that ended.
func over(seq uint64, ended ...rpc.Session) *rpc.RosterUpdate {
	return &rpc.RosterUpdate{Gate: "g", Epoch: 1, Seq: seq, Ended: ended}
}

// part is one of a snapshot.
func part(seq uint64, first, last bool, rows ...rpc.Session) *rpc.RosterUpdate {
	u := update(seq, rows...)
	u.Snapshot, u.First, u.Last = true, first, last
	return u
}

// user is a session of a user's only device, on a connection of that number.
func user(uid uint64) rpc.Session {
	return rpc.Session{UID: uid, Device: 1, Conn: uid, Since: int64(uid)}
}

// wants sends an update and checks the answer.
func wants(t *testing.T, s *route.Server, u *rpc.RosterUpdate, want uint64) {
	t.Helper()
	reply, err := s.Update(t.Context(), u)
	if err != nil {
		t.Errorf("update %d: %v", u.Seq, err)
	} else if reply.Want != want {
		t.Errorf("update %d: wants %d, not %d", u.Seq, reply.Want, want)
	}
}

// has checks who is in the table.
func has(t *testing.T, s *route.Server, uids ...uint64) {
	t.Helper()
	stats := s.Stats()
	if stats.Sessions != len(uids) {
		t.Errorf("%d sessions, want those of %v", stats.Sessions, uids)
	}
	for _, uid := range uids {
		reply, err := s.Presence(t.Context(), &rpc.PresenceRequest{UIDs: []uint64{uid}})
		if err != nil || reply.Total != 1 {
			t.Errorf("user %d is not online: %v", uid, err)
		}
	}
}

// insync checks whether all gates are.
func insync(t *testing.T, s *route.Server, want bool) {
	t.Helper()
	if got := s.Stats().Complete; got != want {
		t.Errorf("complete: %v, want %v", got, want)
	}
}

// image returns a route with gate "g", which it knows there should be.
func image(t *testing.T) *route.Server {
	s := newRoute(t, route.Options{})
	s.AttachGate("g", 1, new(countingGate))
	s.Lives([]string{"g"})
	return s
}

// TestUpdates follows a gate that has nobody at first. A sign of life repeats a
// number: an image that does not have it is behind.
func TestUpdates(t *testing.T) {
	s := image(t)
	wants(t, s, update(1), 0)
	insync(t, s, false)
	wants(t, s, part(1, true, true), 2)
	insync(t, s, true)
	wants(t, s, update(2, user(1), user(2)), 3)
	wants(t, s, update(2, user(9)), 3) // a repeat
	wants(t, s, over(3, user(1)), 4)
	wants(t, s, update(3), 4)
	has(t, s, 2)
	insync(t, s, true)
	wants(t, s, update(4), 4)
	insync(t, s, false)
	wants(t, s, update(4, user(4)), 5)
	has(t, s, 2, 4)
	insync(t, s, true)
}

// TestGap asks for what is missing, and is whole when it has come: by a repeat,
// or by a snapshot.
func TestGap(t *testing.T) {
	s := image(t)
	wants(t, s, part(1, true, true, user(1)), 2)
	wants(t, s, update(4, user(4)), 2)
	insync(t, s, false)
	wants(t, s, update(2, user(2)), 3)
	insync(t, s, false)
	wants(t, s, part(5, true, true, user(1), user(3)), 6)
	has(t, s, 1, 3)
	insync(t, s, true)
	wants(t, s, update(9), 6) // a sign of life from beyond
	insync(t, s, false)
}

// TestLateRoute gets to know a gate in the middle of its life.
func TestLateRoute(t *testing.T) {
	s := image(t)
	wants(t, s, update(7, user(7)), 0)
	wants(t, s, part(8, false, true, user(1)), 0) // the first part was lost
	has(t, s)
	wants(t, s, part(9, true, false, user(1)), 10)
	wants(t, s, part(9, false, true, user(2)), 10)
	wants(t, s, update(10, user(3)), 11)
	has(t, s, 1, 2, 3)
	insync(t, s, true)
}

// TestSnapshotMeanwhile delivers by the old image, and what began, until the
// last part is there.
func TestSnapshotMeanwhile(t *testing.T) {
	s := image(t)
	wants(t, s, part(1, true, true, user(1), user(2), user(3)), 2)
	wants(t, s, part(5, true, false, user(2), user(4)), 6)
	has(t, s, 1, 2, 3, 4)
	insync(t, s, false)
	wants(t, s, part(5, false, false, user(5)), 6)
	wants(t, s, part(5, false, true), 6)
	has(t, s, 2, 4, 5)
	insync(t, s, true)
	if n := s.Stats().Snapshots; n != 2 {
		t.Errorf("%d snapshots", n)
	}
}

// TestOvertaken ignores what comes after something that knew better.
func TestOvertaken(t *testing.T) {
	s := image(t)
	wants(t, s, part(1, true, true, user(1)), 2)
	wants(t, s, part(5, true, false, user(1)), 6)
	wants(t, s, update(2, user(2)), 2) // it knew nothing of what ended since
	wants(t, s, part(7, true, false, user(3)), 8)
	wants(t, s, part(5, false, true, user(4)), 2)
	wants(t, s, part(7, false, true), 8)
	has(t, s, 3)
	wants(t, s, part(7, true, true, user(9)), 8) // a repeat
	wants(t, s, over(8, user(3)), 9)
	wants(t, s, part(7, true, true, user(3)), 9)
	has(t, s)
	insync(t, s, true)
	if n := s.Stats().Stale; n != 4 {
		t.Errorf("%d overtaken, want 4", n)
	}
}

// TestProcesses keeps processes of a gate apart.
func TestProcesses(t *testing.T) {
	s := image(t)
	refused := func(u *rpc.RosterUpdate, want msgdef.ErrorCode) {
		t.Helper()
		if _, err := s.Update(t.Context(), u); rpc.CodeOf(err) != want {
			t.Errorf("%v, want %v", err, want)
		}
	}
	wants(t, s, part(1, true, true, user(1)), 2)
	next := part(1, true, true, user(2))
	next.Epoch = 2
	refused(next, msgdef.CodeUnavailable)
	s.AttachGate("g", 2, new(countingGate))
	insync(t, s, false)
	has(t, s)
	wants(t, s, next, 2)
	refused(update(2, user(3)), msgdef.CodeForbidden)
	s.AttachGate("g", 1, new(countingGate)) // a view that is behind
	has(t, s, 2)
	insync(t, s, true)
	if n := s.Stats().OldEpoch; n != 1 {
		t.Errorf("%d of an old epoch", n)
	}
	s.DetachGate("g", 2)
	refused(next, msgdef.CodeUnavailable)
	has(t, s)
}

// TestBadUpdates refuses what no gate sends, and changes nothing.
func TestBadUpdates(t *testing.T) {
	s := image(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	both := part(1, true, true)
	both.Ended = []rpc.Session{user(1)}
	for what, c := range map[string]struct {
		ctx  context.Context
		u    *rpc.RosterUpdate
		want msgdef.ErrorCode
	}{
		"too many":              {t.Context(), update(1, make([]rpc.Session, 10001)...), msgdef.CodeBadArgument},
		"nobody":                {t.Context(), update(1, user(1), rpc.Session{UID: 1}), msgdef.CodeBadArgument},
		"nobody ended":          {t.Context(), over(1, rpc.Session{}), msgdef.CodeBadArgument},
		"ended in a snapshot":   {t.Context(), both, msgdef.CodeBadArgument},
		"a context that ended":  {ended, update(1, user(1)), msgdef.CodeTimeout},
		"a gate not known here": {t.Context(), &rpc.RosterUpdate{Gate: "h", Epoch: 1}, msgdef.CodeUnavailable},
	} {
		if _, err := s.Update(c.ctx, c.u); rpc.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %v", what, err, c.want)
		}
	}
	has(t, s)
}
