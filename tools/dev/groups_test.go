package dev

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/gate/client/mobile"
	"github.com/sim-im/sim/gate/transport/tcp"
	"github.com/sim-im/sim/msgdef"
)

// writer is a device in a group, whose connections are cut.
type writer struct {
	*user
	name string
	way  *flaky

	mu  sync.Mutex
	own map[uint64]string // what it wrote, by the places that were acknowledged
}

func newWriter(w *world, account string, number int) *writer {
	w.t.Helper()
	v := &writer{name: fmt.Sprint(account, "/", number), way: &flaky{Dialer: tcp.Dialer{}}, own: make(map[uint64]string)}
	o := w.options(account)
	o.Dialer, o.Timeouts = v.way, client.Timeouts{Ack: time.Second}
	v.user = w.connect(o)
	return v
}

// writes sends texts, many under way at a time, and calls done after each that is
// acknowledged.
func (v *writer) writes(conv msgdef.Conversation, n int, done func()) {
	for i := range n {
		text := fmt.Sprint(v.name, " ", i)
		v.SendFunc(conv, msgdef.ContentText, []byte(text), func(sent client.Sent, err error) {
			if err != nil {
				v.t.Errorf("%s: %v", text, err)
			}
			v.mu.Lock()
			if again, twice := v.own[sent.CSeq]; twice {
				v.t.Errorf("%s is at %d, and so is %s", text, sent.CSeq, again)
			}
			v.own[sent.CSeq] = text
			v.mu.Unlock()
			done()
		})
	}
}

// saw returns what the device knows of a conversation of n messages: what came,
// each once and in order, and between that what it wrote itself.
func (v *writer) saw(n int) []string {
	v.t.Helper()
	v.mu.Lock()
	own := len(v.own)
	v.mu.Unlock()
	texts, last := make([]string, n+1), uint64(0)
	for _, m := range v.messages(n - own) {
		if m.CSeq <= last || m.CSeq > uint64(n) || v.own[m.CSeq] != "" {
			v.t.Fatalf("%s: place %d of %d came after %d; %q is there", v.name, m.CSeq, n, last, v.own[m.CSeq])
		}
		last = m.CSeq
		texts[m.CSeq] = string(m.Body)
	}
	for cseq, text := range v.own {
		texts[cseq] = text
	}
	return texts[1:]
}

// TestGroupUnderTrouble has three devices of a user, and others, write to a group
// while their connections are cut and the server is killed: each device has
// everything exactly once and in the same order.
func TestGroupUnderTrouble(t *testing.T) {
	defer goleak.VerifyNone(t)
	each, kills := 60, 3
	if testing.Short() {
		each, kills = 30, 1
	}
	p := newProgram(t)
	p.start(t)
	w := p.world(t)
	var devices []*writer
	for _, of := range []struct {
		account string
		devices int
	}{{"bench-alice", 3}, {"bench-bob", 2}, {"bench-carol", 1}} {
		for i := range of.devices {
			devices = append(devices, newWriter(w, of.account, i))
		}
	}
	founder := devices[0]
	conv, err := founder.FoundGroup(founder.ctx(), msgdef.GroupInfo{Name: "Club"}, devices[3].UID(), devices[5].UID())
	if err != nil {
		t.Fatal(err)
	}
	founder.own[1] = "" // it knows
	var under sync.WaitGroup
	under.Add(len(devices) * each)
	for _, v := range devices {
		go v.writes(conv, each, under.Done)
	}
	for range kills {
		for range 5 {
			for _, v := range devices {
				v.way.cut()
				time.Sleep(5 * time.Millisecond)
			}
		}
		p.kill(t)
		p.start(t)
	}
	under.Wait()
	n := 1 + len(devices)*each
	stored := bodies(founder.history(conv, 500))
	if len(stored) != n {
		t.Fatalf("%d messages are stored, want %d", len(stored), n)
	}
	for _, v := range devices {
		if diff := cmp.Diff(stored[1:], v.saw(n)[1:]); diff != "" {
			t.Errorf("%s (-stored +seen):\n%s", v.name, diff)
		}
	}
	for _, v := range devices {
		v.close()
	}
	p.kill(t)
}

// refusedWith wants an error of the server.
func (u *user) refusedWith(what string, err error, code msgdef.ErrorCode) {
	u.t.Helper()
	var refused *client.Error
	if !errors.As(err, &refused) || refused.Code != code {
		u.t.Errorf("%s %s: %v, want %v", u.Account(), what, err, code)
	}
}

// tries has somebody who is no member read and write through the gate.
func (u *user) tries(conv msgdef.Conversation, code msgdef.ErrorCode) {
	u.t.Helper()
	_, err := u.Send(u.ctx(), conv, msgdef.ContentText, []byte("let me in"))
	u.refusedWith("writes", err, code)
	_, err = u.ChangeGroup(u.ctx(), conv, &msgdef.GroupChange{Act: msgdef.GroupInform, Info: msgdef.GroupInfo{Name: "Mine"}})
	u.refusedWith("renames", err, code)
	_, err = u.History(u.ctx(), conv, 0, 10)
	u.refusedWith("reads", err, code)
	_, err = u.Members(u.ctx(), conv, 0, 0)
	u.refusedWith("asks for members", err, code)
	if err := u.MarkRead(conv, 1); err != nil { // refused by the server, which nobody is told
		u.t.Error(err)
	}
	if page, err := u.Talks(u.ctx(), msgdef.Conversation{}, 0); err != nil || len(page.Talks) != 0 {
		u.t.Errorf("%s has %+v, %v", u.Account(), page.Talks, err)
	}
	if found, err := u.Groups(u.ctx(), conv); err != nil || len(found) != 0 {
		u.t.Errorf("%s knows of %+v, %v", u.Account(), found, err)
	}
}

// TestGroupOutsiders lets strangers, former and banned members do nothing, and
// tell nobody anything.
func TestGroupOutsiders(t *testing.T) {
	w := newWorld(t)
	alice, bob, former, removed, banned, stranger := w.user("alice"), w.user("bob"), w.user("carol"), w.user("dave"), w.user("eve"), w.user("frank")
	conv, err := alice.FoundGroup(alice.ctx(), msgdef.GroupInfo{Name: "Club"}, bob.UID(), former.UID(), removed.UID(), banned.UID())
	must := func(_ client.Sent, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(client.Sent{}, err)
	must(former.ChangeGroup(former.ctx(), conv, &msgdef.GroupChange{Act: msgdef.GroupLeave}))
	must(alice.ChangeGroup(alice.ctx(), conv, &msgdef.GroupChange{Act: msgdef.GroupRemove, UIDs: []uint64{removed.UID()}}))
	must(alice.ChangeGroup(alice.ctx(), conv, &msgdef.GroupChange{Act: msgdef.GroupBan, UIDs: []uint64{banned.UID()}}))
	outside := []*user{former, removed, banned, stranger}
	for _, u := range outside {
		u.tries(conv, msgdef.CodeForbidden)
	}
	must(bob.Send(bob.ctx(), conv, msgdef.ContentText, []byte("they are gone")))
	got := alice.messages(2) // that carol left, and bob's
	if last := got[len(got)-1]; last.CSeq != 5 || string(last.Body) != "they are gone" {
		t.Errorf("alice got %+v", last)
	}
	must(alice.ChangeGroup(alice.ctx(), conv, &msgdef.GroupChange{Act: msgdef.GroupDissolve}))
	for _, u := range append(outside, alice, bob) {
		u.tries(conv, msgdef.CodeUnknownConversation)
	}
	for u, most := range map[*user]uint64{former: 2, removed: 3, banned: 4} {
		for _, m := range u.messages(int(most) - 1) {
			if m.CSeq > most || m.Kind != msgdef.ContentGroup {
				t.Errorf("%s got %+v", u.Account(), m)
			}
		}
	}
	if len(stranger.got) != 0 || len(alice.reads) != 0 || len(bob.reads) != 0 {
		t.Errorf("a stranger got %d messages, members heard of %+v, %+v", len(stranger.got), alice.reads, bob.reads)
	}
}

// TestGroupReads tells what somebody has read to the devices of all members, and
// to nobody else.
func TestGroupReads(t *testing.T) {
	w := newWorld(t)
	alice, tablet, bob, phone, former := w.user("alice"), w.user("alice"), w.user("bob"), w.user("bob"), w.user("carol")
	conv, err := alice.FoundGroup(alice.ctx(), msgdef.GroupInfo{Name: "Club"}, bob.UID(), former.UID())
	if err == nil {
		_, err = former.ChangeGroup(former.ctx(), conv, &msgdef.GroupChange{Act: msgdef.GroupLeave})
	}
	if err == nil {
		err = bob.MarkRead(conv, 99)
	}
	if err != nil {
		t.Fatal(err)
	}
	want := msgdef.ReadBy{Conv: conv, UID: bob.UID(), CSeq: 2} // there are no more
	for _, u := range []*user{alice, tablet, phone} {
		u.await("a position", func() bool { return slices.Contains(u.reads, want) })
	}
	if len(bob.reads)+len(former.reads) != 0 {
		t.Errorf("told who read %+v, and who left %+v", bob.reads, former.reads)
	}
	if page, err := alice.Members(alice.ctx(), conv, bob.UID()-1, 1); err != nil || len(page.Members) != 1 || page.Members[0].Read != 2 {
		t.Errorf("bob is %+v, %v", page.Members, err)
	}
}

// TestTyping has people see who writes, in a pair and in a group, and a stranger
// nothing.
func TestTyping(t *testing.T) {
	w := newWorld(t)
	alice := w.user("alice")
	seen := map[string]chan msgdef.TypingBy{}
	users := map[string]*user{}
	for _, name := range []string{"bob", "carol"} {
		heard, o := make(chan msgdef.TypingBy, 8), w.options(name)
		o.OnTyping = func(m msgdef.TypingBy) { heard <- m }
		seen[name], users[name] = heard, w.connect(o)
	}
	club, err := alice.FoundGroup(alice.ctx(), msgdef.GroupInfo{Name: "Club"}, users["bob"].UID())
	if err != nil {
		t.Fatal(err)
	}
	pair := msgdef.Pair(alice.UID(), users["carol"].UID())
	for _, conv := range []msgdef.Conversation{club, pair} {
		if err := alice.Typing(conv, false); err != nil {
			t.Error(err)
		}
	}
	if err := users["carol"].Typing(club, false); err != nil { // she is no member
		t.Error(err)
	}
	if m := <-seen["bob"]; m != (msgdef.TypingBy{Conv: club, UID: alice.UID()}) {
		t.Errorf("bob sees %+v", m)
	}
	if m := <-seen["carol"]; m != (msgdef.TypingBy{Conv: pair, UID: alice.UID()}) {
		t.Errorf("carol sees %+v", m)
	}
	if _, err := users["carol"].Send(users["carol"].ctx(), msgdef.Pair(users["carol"].UID(), users["bob"].UID()), msgdef.ContentText, []byte("x")); err != nil {
		t.Error(err)
	}
	users["bob"].messages(2) // what carol did before has had its time
	if len(seen["bob"])+len(seen["carol"]) > 0 {
		t.Error("somebody sees more than that")
	}
}

// TestFading has a message end while somebody looks at it, and be empty for who
// comes later.
func TestFading(t *testing.T) {
	w := newWorld(t)
	alice := w.user("alice")
	ended := make(chan client.Expired, 8)
	o := w.options("bob")
	o.OnExpired = func(m client.Expired) { ended <- m }
	bob := w.connect(o)
	conv := msgdef.Pair(alice.UID(), bob.UID())
	sent, err := alice.SendDraft(alice.ctx(), &client.Draft{Conv: conv, Kind: msgdef.ContentText, Body: []byte("soon"), Extra: msgdef.Extra{Lifetime: 2}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := alice.Edit(alice.ctx(), conv, sent.CSeq, msgdef.ContentText, []byte("gone")); err != nil {
		t.Fatal(err)
	}
	if got := bob.messages(2); string(got[0].Body) != "soon" || got[0].Expires().Sub(got[0].Time()) != 2*time.Second {
		t.Errorf("bob got %+v", got[0])
	}
	if m := <-ended; m != (client.Expired{Conv: conv, CSeq: sent.CSeq}) {
		t.Errorf("%+v has ended", m)
	}
	page, err := alice.History(alice.ctx(), conv, 0, 0)
	if err != nil || len(page.Messages) != 2 {
		t.Fatalf("history %+v, %v", page, err)
	}
	for _, m := range page.Messages {
		says, err := m.Event()
		if e, edit := says.(*msgdef.Edit); err != nil || edit && len(e.Body) > 0 || !edit && len(m.Body) > 0 || !m.Made().Expired {
			t.Errorf("#%d is %q, %+v, %v", m.CSeq, m.Body, says, err)
		}
	}
}

// TestDraftsArrive founds a group on a phone, and has others see what stands
// beside a body, and what events make of it.
func TestDraftsArrive(t *testing.T) {
	w := newWorld(t)
	phone := w.handset(w.config("alice", t.TempDir()))
	phone.connect()
	bob := w.user("bob")
	change := &mobile.Change{Info: &mobile.Info{Name: "Club", Entry: 2, Listed: true}}
	change.User(int64(bob.UID()))
	conv, err := phone.FoundGroup(change, call())
	if err != nil {
		t.Fatal(err)
	}
	if found, err := phone.FindGroups("clu", "", call()); err != nil || found.Len() != 1 || mobile.GroupID(found.At(0).Conv) != mobile.GroupID(conv) {
		t.Errorf("found %+v, %v", found, err)
	}
	d := mobile.NewText("yes, bob")
	d.Reply = 1
	d.Mention(int64(bob.UID()))
	if q, err := phone.QueueDraft(conv, d); err != nil {
		t.Fatal(err)
	} else if place, err := q.Wait(call()); err != nil || place != 2 {
		t.Fatalf("at %d: %v", place, err)
	}
	got := bob.messages(2)
	if m := got[1]; m.Reply() != 1 || !m.Mentions(bob.UID()) || m.Mentions(1<<40) {
		t.Errorf("bob got %+v", m.Beside())
	}
	for _, done := range []func() (int64, error){
		func() (int64, error) { return phone.Edit(conv, 2, "yes, Bob", call()) },
		func() (int64, error) { return phone.React(conv, 2, "👍", false, call()) },
		func() (int64, error) { return phone.Pin(conv, 2, false, call()) },
	} {
		if _, err := done(); err != nil {
			t.Error(err)
		}
	}
	if list, err := phone.History(conv, 3, 1, call()); err != nil || list.Len() != 1 {
		t.Errorf("history %+v, %v", list, err)
	} else if m := list.At(0); string(m.Body) != "yes, Bob" || m.Changed != 3 || !m.Pinned || m.Reactions().Emoji(0) != "👍" || m.Reply != 1 {
		t.Errorf("it became %+v", m)
	}
	if pinned, err := phone.Pins(conv, 0, 0, call()); err != nil || pinned.Len() != 1 || pinned.At(0).CSeq != 2 || pinned.More() {
		t.Errorf("pinned is %+v, %v", pinned, err)
	}
	for where, query := range map[string][]byte{"the group": conv, "everywhere": nil} {
		search, err := phone.Search("YES, BOB", query)
		if err != nil {
			t.Fatal(err)
		}
		if list, err := search.Next(call()); err != nil || list.Len() != 1 || list.At(0).CSeq != 2 || search.More() {
			t.Errorf("in %s: %+v, %v", where, list, err)
		}
	}
	for m, err := range bob.Search(bob.ctx(), "bob", msgdef.Conversation{}) {
		if err != nil || m.CSeq != 2 {
			t.Errorf("bob found %+v, %v", m, err)
		}
	}
	if _, err := phone.Recall(conv, 2, call()); err != nil {
		t.Error(err)
	}
	if page, err := bob.Pins(bob.ctx(), msgdef.Conversation(conv), 0, 9); err != nil || len(page.Messages) != 0 {
		t.Errorf("after the recall %+v is pinned, %v", page, err)
	}
	if says, err := got[0].Event(); err != nil || says.(*msgdef.GroupChange).Act != msgdef.GroupFound {
		t.Errorf("bob was told %+v, %v", says, err)
	}
	list, err := phone.Talks(nil, 0, call())
	if err != nil || list.Len() != 1 || list.At(0).Unread != 0 || list.At(0).Head != 6 {
		t.Errorf("talks %+v, %v", list, err)
	}
	if members, err := phone.Members(conv, 0, 0, call()); err != nil || members.Len() != 2 || members.More() {
		t.Errorf("members %+v, %v", members, err)
	}
	if g, err := phone.Group(conv, call()); err != nil || g.Info.Name != "Club" || g.Role != int(msgdef.RoleOwner) || g.Members != 2 {
		t.Errorf("group %+v, %v", g, err)
	}
}
