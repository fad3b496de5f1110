package node

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/sim-im/sim/imservice"
	"github.com/sim-im/sim/msgdef"
)

// bigService starts a message service on which groups of more than two are big.
func (w *world) bigService(id, data string) *IMService {
	w.t.Helper()
	s, err := StartIMService(w.t.Context(), IMServiceOptions{
		Common: w.common(id), Data: filepath.Join(data, "store"), MinFree: -1, OpenRegistration: true,
		Password: imservice.PasswordCost{MemoryKiB: 64, Iterations: 1, Parallelism: 1},
		Limits:   imservice.Limits{GroupInboxes: 2},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.closes(s)
	return s
}

// says sends texts to a group, and has others read them as what comes next.
func (u *user) says(conv msgdef.Conversation, n int, readers ...*user) {
	u.w.t.Helper()
	for i := range n {
		text := fmt.Sprint(u.Account(), " says ", i, " at ", time.Now())
		if _, err := u.Send(u.w.within(), conv, msgdef.ContentText, []byte(text)); err != nil {
			u.w.t.Fatalf("%s: %v", u.Account(), err)
		}
		for _, r := range readers {
			r.reads(text)
		}
	}
}

// follow waits until users' messages of a big group come, and drops what told them
// of it.
func follow(users ...*user) {
	for _, u := range users {
		u.w.t.Helper()
		u.w.await("a group", func() bool { return len(u.Topics()) == 1 })
		select {
		case <-u.got:
		case <-time.After(patience):
			u.w.t.Fatal("still waiting for the change")
		}
	}
}

// TestBigGroup brings messages of a big group to members at two gates, also when
// routes, gates and the message service go and come.
func TestBigGroup(t *testing.T) {
	w := newWorld(t)
	data := t.TempDir()
	service := w.bigService("m1", data)
	r1, g1, g2 := w.route("r1"), w.gate("g1"), w.gate("g2")
	w.ready(r1)
	w.ready(g1)
	w.ready(g2)
	alice, bob, carol, dave := w.user("alice", g1.Addr()), w.user("bob", g1.Addr()), w.user("carol", g2.Addr()), w.user("dave", g2.Addr())
	conv, err := alice.FoundGroup(w.within(), msgdef.GroupInfo{Name: "Club"}, bob.UID(), carol.UID(), dave.UID())
	if err != nil {
		t.Fatal(err)
	}
	follow(bob, carol, dave)
	alice.says(conv, 5, bob, carol, dave)
	carol.says(conv, 5, alice, bob, dave)

	r2 := w.route("r2") // which gets a snapshot
	w.await("the second route", func() bool { return r2.Stats().Sessions == 4 })
	w.close(r1)
	alice.says(conv, 5, bob, carol, dave)

	w.close(g2)
	g3 := w.gate("g3")
	w.ready(g3)
	carol.close()
	again := w.user("carol", g3.Addr())
	follow(again)
	w.await("its messages at the new gate", func() bool { return g3.gate.Stats().Watchers == 1 })
	alice.says(conv, 5, bob, again)

	w.close(service)
	w.ready(w.bigService("m2", data))
	alice.says(conv, 5, bob, again)

	if _, err := alice.ChangeGroup(w.within(), conv, &msgdef.GroupChange{Act: msgdef.GroupRemove, UIDs: []uint64{bob.UID()}}); err != nil {
		t.Fatal(err)
	}
	again.skips()
	bob.skips()
	alice.says(conv, 5, again)
	select {
	case text := <-bob.got:
		t.Errorf("bob got %q after the removal", text)
	default:
	}
	if n := len(bob.Topics()); n != 0 {
		t.Errorf("bob follows %d groups", n)
	}
}

// skips drops the next message, a change.
func (u *user) skips() {
	u.w.t.Helper()
	select {
	case <-u.got:
	case <-time.After(patience):
		u.w.t.Fatalf("%s: still waiting for a change", u.Account())
	}
}

func (u *user) close() {
	if err := u.Close(); err != nil {
		u.w.t.Error(err)
	}
}
