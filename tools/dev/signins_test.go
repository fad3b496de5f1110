package dev

import (
	"slices"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// signIns waits until the user's sessions have ended in these ways, newest first, and
// asks for them.
func (u *user) signIns(w *world, ends ...msgdef.SessionEnd) []msgdef.SignIn {
	u.t.Helper()
	eventually(u.t, "the sign-ins", func() bool {
		reply, err := w.server.service.SignIns(u.ctx(), &rpc.SignInsQuery{UID: u.UID()})
		return err == nil && slices.EqualFunc(reply.List, ends, func(in msgdef.SignIn, end msgdef.SessionEnd) bool {
			return in.End == end && (in.Ended == 0) == (end == msgdef.EndNone)
		})
	})
	page, err := u.SignIns(u.ctx(), nil, 0)
	if err != nil || len(page.SignIns) != len(ends) {
		u.t.Fatalf("%+v, %v", page, err)
	}
	return page.SignIns
}

// TestSignIns has a user see how their sessions ended, over a restart, and nothing of
// others'.
func TestSignIns(t *testing.T) {
	w := newWorld(t)
	bob, alice := w.user("bob"), w.user("alice")
	first := alice.signIns(w, msgdef.EndNone)[0]
	if first.Device != alice.Device() || first.Address != "127.0.0.1" || first.Began == 0 {
		t.Errorf("%+v", first)
	}
	other := w.user("alice")
	if _, err := w.server.service.Revoke(t.Context(), &rpc.Sanction{Account: "alice", Device: other.Device()}); err != nil {
		t.Fatal(err)
	}
	alice.signIns(w, msgdef.EndRevoked, msgdef.EndNone)
	alice.close()
	again := w.user("alice")
	list := again.signIns(w, msgdef.EndNone, msgdef.EndRevoked, msgdef.EndClient)
	page, err := again.SignIns(again.ctx(), &list[1], 1)
	if err != nil || len(page.SignIns) != 1 || page.More || page.SignIns[0].Began != first.Began {
		t.Errorf("the last page: %+v, %v", page, err)
	}
	bob.signIns(w, msgdef.EndNone)
	again.close()
	eventually(t, "the end", func() bool {
		reply, err := w.server.service.SignInsOf(t.Context(), &rpc.SignInsQuery{Account: "alice"})
		return err == nil && reply.List[0].End == msgdef.EndClient
	})
	w.stop()
	w.start()
	back := w.user("alice")
	back.signIns(w, msgdef.EndNone, msgdef.EndClient, msgdef.EndRevoked, msgdef.EndClient)
	reply, err := w.server.service.SignInsOf(t.Context(), &rpc.SignInsQuery{Account: "bob"})
	if err != nil || len(reply.List) == 0 {
		t.Fatalf("%+v, %v", reply, err)
	}
	if end := reply.List[len(reply.List)-1].End; end != msgdef.EndShutdown && end != msgdef.EndClient { // as bob's client hears of it
		t.Errorf("bob's session ended with %v", end)
	}
}
