package node

import (
	"errors"
	"testing"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/kitex"
)

// judge makes one call of an operator's.
func (w *world) judge(s *IMService, in rpc.Sanction) {
	w.t.Helper()
	m, err := kitex.DialModeration(s.calls(kitex.Static(s.RPCAddr())))
	if err != nil {
		w.t.Fatal(err)
	}
	defer m.Close()
	if _, err := m.Ban(w.within(), &in); err != nil {
		w.t.Fatal(err)
	}
}

// kicked waits until a device was told to go, and why.
func (u *user) kicked(code msgdef.ErrorCode) {
	u.w.t.Helper()
	u.w.await("a kick", func() bool { return u.Status().Phase == client.Stopped })
	var told *client.Error
	if err := u.Status().Err; !errors.Is(err, client.ErrKicked) || !errors.As(err, &told) || told.Code != code {
		u.w.t.Fatalf("%s stopped for %v, want %v", u.Account(), err, code)
	}
}

// TestBanEndsSessions at gates, also when there is no route at that moment, and
// the message service that took it dies before there is one.
func TestBanEndsSessions(t *testing.T) {
	w := newWorld(t)
	data := t.TempDir()
	first := w.imserviceAt("m1", data)
	r1 := w.route("r1")
	g := w.gate("g1")
	w.ready(g)
	alice, bob, carol := w.user("alice", g.Addr()), w.user("bob", g.Addr()), w.user("carol", g.Addr())
	w.judge(first, rpc.Sanction{Account: "alice", Reason: "spam"})
	alice.kicked(msgdef.CodeBanned)
	again := w.stranger("alice", g.Addr())
	if err := again.Connect(w.within()); !errors.Is(err, client.ErrRefused) {
		t.Fatalf("a login of somebody banned: %v", err)
	}

	w.close(r1)
	w.judge(first, rpc.Sanction{UID: bob.UID()})
	w.close(first)
	w.imserviceAt("m1", data)
	w.route("r2")
	bob.kicked(msgdef.CodeBanned)
	w.ready(g)
	w.talk(carol, w.user("dave", g.Addr()), 1)
}
