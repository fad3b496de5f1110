package dev

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/gate/transport/tcp"
	"github.com/sim-im/sim/imservice"
	"github.com/sim-im/sim/msgdef"
)

// newBigWorld starts a server on which groups of more than two are big.
func newBigWorld(t *testing.T) *world {
	t.Helper()
	return newWorldWith(t, func(o *Options) {
		o.ServiceLimits = imservice.Limits{GroupInboxes: 2}
		o.GateLimits.SendRate = -1
	})
}

// change does something to a group.
func (u *user) change(conv msgdef.Conversation, act msgdef.GroupAct, uids ...uint64) client.Sent {
	u.t.Helper()
	sent, err := u.ChangeGroup(u.ctx(), conv, &msgdef.GroupChange{Act: act, UIDs: uids})
	if err != nil {
		u.t.Fatalf("%s does %d to the group: %v", u.Account(), act, err)
	}
	return sent
}

// sawAll waits until a device knows of all messages of a conversation from one to
// another, each once and in order, but for those it wrote itself.
func (v *writer) sawAll(conv msgdef.Conversation, from, to uint64) {
	v.t.Helper()
	last := from - 1
	v.await(fmt.Sprintf("messages %d to %d, has %d", from, to, last), func() bool {
		at := from - 1
		for _, m := range v.got {
			if m.Conv == conv && m.CSeq >= from {
				at = m.CSeq
			}
		}
		for v.wrote(at + 1) {
			at++
		}
		return at >= to
	})
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, m := range v.user.got {
		if m.Conv != conv {
			continue
		}
		for last++; last < m.CSeq && v.own[last] != ""; last++ {
		}
		if m.CSeq != last {
			v.t.Fatalf("%s: %d came instead of %d", v.name, m.CSeq, last)
		}
	}
}

// wrote tells whether a message is the device's own.
func (v *writer) wrote(cseq uint64) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.own[cseq] != ""
}

// TestGroupGrowsUnderTrouble has devices of several users write to a group while it
// becomes big, connections are cut and the server starts again: each has everything
// once and in the same order.
func TestGroupGrowsUnderTrouble(t *testing.T) {
	w := newBigWorld(t)
	each := 100
	var devices []*writer
	for _, of := range []struct {
		account string
		devices int
	}{{"alice", 3}, {"bob", 2}, {"carol", 2}} {
		for i := range of.devices {
			devices = append(devices, newWriter(w, of.account, i))
		}
	}
	founder, others, late := devices[0], devices[1:5], devices[5:]
	conv, err := founder.FoundGroup(founder.ctx(), msgdef.GroupInfo{Name: "Club"}, devices[3].UID())
	if err != nil {
		t.Fatal(err)
	}
	founder.own[1] = "founded"
	var under sync.WaitGroup
	under.Add(5 * each)
	for _, v := range append([]*writer{founder}, others...) {
		go v.writes(conv, each, under.Done)
	}
	time.Sleep(20 * time.Millisecond)
	joined := founder.change(conv, msgdef.GroupAdd, late[0].UID()).CSeq
	founder.mu.Lock()
	founder.own[joined] = "added"
	founder.mu.Unlock()
	under.Add(2 * each)
	for _, v := range late {
		go v.writes(conv, each, under.Done)
	}
	for i := range 3 {
		for _, v := range devices {
			v.way.cut()
			time.Sleep(5 * time.Millisecond)
		}
		if i == 1 {
			w.stop()
			w.start()
		}
	}
	under.Wait()
	head := founder.head(conv)
	if head != uint64(2+7*each) {
		t.Errorf("%d messages are stored", head)
	}
	for _, v := range append([]*writer{founder}, others...) {
		v.sawAll(conv, 1, head)
	}
	for _, v := range late {
		v.sawAll(conv, joined, head)
	}
}

// head returns where a conversation ends.
func (u *user) head(conv msgdef.Conversation) uint64 {
	u.t.Helper()
	h, err := u.History(u.ctx(), conv, 0, 1)
	if err != nil {
		u.t.Fatal(err)
	}
	return h.Head
}

// TestBigGroupMembers adds, removes and dissolves: who is removed has nothing from
// then on, who comes back has what follows, and at the end all are told.
func TestBigGroupMembers(t *testing.T) {
	w := newBigWorld(t)
	var mu sync.Mutex
	left := map[uint64][]msgdef.ErrorCode{}
	member := func(name string) *writer {
		v := &writer{name: name, way: &flaky{Dialer: tcp.Dialer{}}, own: make(map[uint64]string)}
		o := w.options(name)
		o.Dialer = v.way
		o.OnLeft = func(l client.Left) {
			mu.Lock()
			defer mu.Unlock()
			left[v.UID()] = append(left[v.UID()], l.Code)
		}
		v.user = w.connect(o)
		return v
	}
	alice, bob, carol := member("alice"), member("bob"), member("carol")
	conv, err := alice.FoundGroup(alice.ctx(), msgdef.GroupInfo{Name: "Club"}, bob.UID(), carol.UID())
	if err != nil {
		t.Fatal(err)
	}
	write := func(n int) (last uint64) {
		for range n {
			sent, err := alice.Send(alice.ctx(), conv, msgdef.ContentText, []byte("x"))
			if err != nil {
				t.Fatal(err)
			}
			last = sent.CSeq
		}
		return last
	}
	head := write(10)
	bob.sawAll(conv, 1, head)
	carol.sawAll(conv, 1, head)
	removed := alice.change(conv, msgdef.GroupRemove, carol.UID()).CSeq
	head = write(10)
	bob.sawAll(conv, 1, head)
	carol.sawAll(conv, 1, removed)
	carol.await("being told", func() bool { mu.Lock(); defer mu.Unlock(); return len(left[carol.UID()]) == 1 })
	back := alice.change(conv, msgdef.GroupAdd, carol.UID()).CSeq
	head = write(10)
	bob.sawAll(conv, 1, head)
	carol.await("what follows", func() bool { return len(carol.got) > 0 && carol.got[len(carol.got)-1].CSeq == head })
	carol.user.mu.Lock()
	for _, m := range carol.got {
		if m.CSeq > removed && m.CSeq < back {
			t.Errorf("carol has message %d, and was no member from %d to %d", m.CSeq, removed, back)
		}
	}
	carol.user.mu.Unlock()
	page, err := carol.Talks(carol.ctx(), msgdef.Conversation{}, 0)
	if err != nil || len(page.Talks) != 1 || !page.Talks[0].Big || page.Talks[0].Unread != 10 {
		t.Errorf("carol has %+v, %v", page.Talks, err)
	}
	fresh := member("bob")
	fresh.follows(1) // from where the group ends
	head = write(1)
	fresh.await("the newest message", func() bool {
		return len(fresh.got) > 0 && fresh.got[len(fresh.got)-1].CSeq == head
	})
	alice.change(conv, msgdef.GroupDissolve)
	for _, v := range []*writer{bob, carol, fresh} {
		v.follows(0)
	}
}

// follows waits until a device follows n big groups.
func (u *user) follows(n int) {
	u.t.Helper()
	for begun := time.Now(); len(u.Topics()) != n; time.Sleep(time.Millisecond) {
		if time.Since(begun) > patience {
			u.t.Fatalf("%s follows %d big groups, want %d", u.Account(), len(u.Topics()), n)
		}
	}
}
