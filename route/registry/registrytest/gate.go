package registrytest

import (
	"context"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route/registry"
)

// gate is a gate's process as its registry sees it. It numbers updates.
type gate struct {
	registry registry.Registry
	instance registry.Instance
	withdraw func()
	image    rpc.Roster
	seq      uint64
}

// openGate announces a gate in a process of its own, and waits until it is
// listed: from then on its image can be kept.
func openGate(t testing.TB, w Calm, i registry.Instance) *gate {
	t.Helper()
	g := &gate{registry: open(t, w), instance: i}
	g.withdraw = g.registry.Announce(i)
	g.image = g.registry.Image(i)
	view := g.registry.View(registry.Gate)
	until(t, "gate "+i.ID+" is listed", func() bool {
		for _, listed := range view.Instances() {
			if listed == i {
				return true
			}
		}
		return false
	})
	return g
}

// update sends one and returns what the image wants.
func (g *gate) update(t testing.TB, u rpc.RosterUpdate) uint64 {
	t.Helper()
	want, err := g.try(u)
	if err != nil {
		t.Fatalf("update %d of gate %s: %v", u.Seq, g.instance.ID, err)
	}
	return want
}

func (g *gate) try(u rpc.RosterUpdate) (want uint64, err error) {
	u.Gate, u.Epoch = g.instance.ID, g.instance.Epoch
	reply, err := g.image.Update(context.Background(), &u)
	if err != nil {
		return 0, err
	}
	return reply.Want, nil
}

// snapshot says that these are all sessions.
func (g *gate) snapshot(t testing.TB, all ...rpc.Session) {
	t.Helper()
	u := rpc.RosterUpdate{Seq: g.seq, Snapshot: true, First: true, Last: true, Began: all}
	if want := g.update(t, u); want != g.seq+1 {
		t.Fatalf("after snapshot %d gate %s's image wants %d", g.seq, g.instance.ID, want)
	}
}

// change says what began and ended.
func (g *gate) change(t testing.TB, began, ended []rpc.Session) {
	t.Helper()
	g.seq++
	if want := g.update(t, rpc.RosterUpdate{Seq: g.seq, Began: began, Ended: ended}); want != g.seq+1 {
		t.Fatalf("after update %d gate %s's image wants %d", g.seq, g.instance.ID, want)
	}
}

// alive says that nothing changed and returns what the image wants.
func (g *gate) alive(t testing.TB) uint64 {
	t.Helper()
	return g.update(t, rpc.RosterUpdate{Seq: g.seq})
}

// session is one of a user's first device, that began at Unix millisecond conn.
func session(uid, conn uint64) rpc.Session {
	return rpc.Session{UID: uid, Device: 1, Conn: conn, Since: int64(conn)}
}

func many(s ...rpc.Session) []rpc.Session { return s }

// on is who has one session that began at Unix millisecond since.
func on(uid uint64, since int64) msgdef.Online {
	return msgdef.Online{UID: uid, Devices: 1, Since: since}
}

// lifeSign is an update that says that nothing changed.
func lifeSign(g *gate) rpc.RosterUpdate { return rpc.RosterUpdate{Seq: g.seq} }
