package dev

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// TestTwoWrite is the main job: two people write to each other.
func TestTwoWrite(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.user("alice"), w.user("bob")
	conv := msgdef.Pair(alice.UID(), bob.UID())
	if found, err := alice.Lookup(alice.ctx(), "bob", "nobody"); err != nil || len(found) != 1 || found["bob"] != bob.UID() {
		t.Errorf("looked up %v, %v", found, err)
	}
	first := alice.send(bob.UID(), "hello")
	got := bob.messages(1)[0]
	if got.Conv != conv || got.From != alice.UID() || string(got.Body) != "hello" || got.CSeq != 1 || got.USeq != 1 || got.At != first.At {
		t.Errorf("bob got %+v", got)
	}
	if first.Conv != conv || first.CSeq != 1 || first.USeq != 1 {
		t.Errorf("alice was told %+v", first)
	}
	if second := bob.send(alice.UID(), "hello yourself"); second.CSeq != 2 || second.USeq != 2 {
		t.Errorf("bob was told %+v", second)
	}
	if got := alice.messages(1)[0]; got.CSeq != 2 || got.USeq != 2 {
		t.Errorf("alice got %+v", got)
	}
	if self := alice.send(alice.UID(), "note to myself"); self.CSeq != 1 || self.USeq != 3 {
		t.Errorf("the note is %+v", self)
	}
}

// TestOfflineCatchesUp brings what was missed, in order, to a new device and
// to one that was away.
func TestOfflineCatchesUp(t *testing.T) {
	w := newWorld(t)
	options := w.options("bob")
	options.State = new(client.MemoryState)
	away := w.connect(options)
	bob := away.UID()
	alice := w.user("bench-alice")
	alice.send(bob, "0")
	away.messages(1)
	away.close()
	var want []string
	for i := 1; i <= 300; i++ { // more than a page
		want = append(want, fmt.Sprint(i))
	}
	var sent sync.WaitGroup
	for _, text := range want {
		sent.Add(1)
		alice.SendFunc(msgdef.Pair(alice.UID(), bob), msgdef.ContentText, []byte(text), func(_ client.Sent, err error) {
			if err != nil {
				t.Error(err)
			}
			sent.Done()
		})
	}
	sent.Wait()
	if diff := cmp.Diff(want, bodies(w.connect(options).messages(300))); diff != "" {
		t.Errorf("the device that was away: %s", diff)
	}
	if diff := cmp.Diff(append([]string{"0"}, want...), bodies(w.user("bob").messages(301))); diff != "" {
		t.Errorf("a new device: %s", diff)
	}
}

// TestEveryDevice shows everything exactly once and in order on every device.
func TestEveryDevice(t *testing.T) {
	const each = 40
	w := newWorld(t)
	devices := []*user{w.user("bench-a"), w.user("bench-a"), w.user("bench-b"), w.user("bench-b"), w.user("bench-b")}
	conv := msgdef.Pair(devices[0].UID(), devices[2].UID())
	acks := make([][]uint64, len(devices)) // useqs
	var sending sync.WaitGroup
	for i, d := range devices {
		sending.Go(func() {
			for n := range each {
				sent, err := d.Send(d.ctx(), conv, msgdef.ContentText, fmt.Appendf(nil, "%d/%d", i, n))
				if err != nil {
					t.Error(err)
					return
				}
				acks[i] = append(acks[i], sent.USeq)
			}
		})
	}
	sending.Wait()
	total := each * len(devices)
	for i, d := range devices {
		got := d.messages(total - each)
		useqs := slices.Clone(acks[i])
		last := uint64(0)
		for _, m := range got {
			if m.USeq <= last {
				t.Errorf("device %d: useq %d after %d", i, m.USeq, last)
			}
			last = m.USeq
			useqs = append(useqs, m.USeq)
		}
		slices.Sort(useqs)
		for n, useq := range useqs {
			if useq != uint64(n+1) {
				t.Fatalf("device %d: place %d has useq %d: lost or doubled", i, n+1, useq)
			}
		}
		if len(useqs) != total {
			t.Errorf("device %d: %d messages, want %d", i, len(useqs), total)
		}
	}
	if n := len(devices[0].history(conv, 0)); n != total {
		t.Errorf("history has %d messages, want %d", n, total)
	}
}

// TestHistoryPages pages back to the beginning without holes.
func TestHistoryPages(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.user("bench-alice"), w.user("bob")
	var want []string
	for i := range 25 {
		want = append(want, fmt.Sprint(i))
		alice.send(bob.UID(), want[i])
	}
	conv := msgdef.Pair(alice.UID(), bob.UID())
	for _, page := range []int{1, 7, 25, 0} {
		if diff := cmp.Diff(want, bodies(bob.history(conv, page))); diff != "" {
			t.Errorf("pages of %d: %s", page, diff)
		}
	}
	h, err := bob.History(bob.ctx(), conv, 11, 3)
	if err != nil || h.Head != 25 || len(h.Messages) != 3 || h.Messages[2].CSeq != 10 {
		t.Errorf("before 11: %+v, %v", h, err)
	}
}

// TestReadReceipts go from one to the other at once, and into the store.
func TestReadReceipts(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.user("alice"), w.user("bob")
	alice.send(bob.UID(), "one")
	sent := alice.send(bob.UID(), "two")
	bob.messages(2)
	if err := bob.MarkRead(sent.Conv, sent.CSeq); err != nil {
		t.Fatal(err)
	}
	alice.await("a receipt", func() bool {
		return slices.Contains(alice.reads, msgdef.ReadBy{Conv: sent.Conv, UID: bob.UID(), CSeq: 2})
	})
	want := msgdef.ReadMark{UID: bob.UID(), CSeq: 2}
	eventually(t, "the mark in the store", func() bool {
		h, err := alice.History(alice.ctx(), sent.Conv, 0, 1)
		return err == nil && slices.Contains(h.Reads, want)
	})
}

// TestPresence lists who is online, once per user.
func TestPresence(t *testing.T) {
	w := newWorld(t)
	alice, bob, second := w.user("alice"), w.user("bob"), w.user("bob")
	online := func(want map[uint64]uint16) func() bool {
		return func() bool {
			p, err := alice.Online(alice.ctx())
			if err != nil {
				t.Fatal(err)
			}
			got := map[uint64]uint16{}
			for _, u := range p.Users {
				got[u.UID] = u.Devices
			}
			return p.Total == len(want) && cmp.Equal(got, want)
		}
	}
	eventually(t, "both", online(map[uint64]uint16{alice.UID(): 1, bob.UID(): 2}))
	second.close()
	eventually(t, "one device less", online(map[uint64]uint16{alice.UID(): 1, bob.UID(): 1}))
	bob.close()
	eventually(t, "alice alone", online(map[uint64]uint16{alice.UID(): 1}))
}
