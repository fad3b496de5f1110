package imservice

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/imservice/store/postgres/postgrestest"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// bodies is what a page says, with "-" for what is hidden.
func bodies(t testing.TB, messages [][]byte) (all []string) {
	t.Helper()
	for _, encoded := range messages {
		m := decode(t, encoded)
		var e msgdef.Edit
		var s msgdef.MessageState
		if len(m.State) > 0 && s.Decode(m.State) != nil {
			t.Fatalf("state of %+v", m)
		}
		says := string(m.Body)
		if m.Kind == msgdef.ContentEdit && e.Decode(m.Body) == nil {
			says = "edit " + string(e.Body)
		}
		if m.Kind == msgdef.ContentPin {
			says = "pin"
		}
		if s.Hidden {
			says += "-"
		}
		all = append(all, says)
	}
	return all
}

// serves is all that a user is served of a conversation: history and inbox.
func (w *world) serves(t *testing.T, uid uint64, conv msgdef.Conversation) (history, inbox []string) {
	t.Helper()
	var kept [][]byte
	for _, e := range w.inbox(uid) {
		if decode(t, e.Message).Conv == conv {
			kept = append(kept, e.Message)
		}
	}
	return bodies(t, w.conv(rpc.ConvPull{UID: uid, Conv: conv}).Messages), bodies(t, kept)
}

// TestDeletedForOneself has a user delete and clear, and others see all of it.
func TestDeletedForOneself(t *testing.T) {
	w := newWorld(t, 2)
	conv := msgdef.Pair(1, 2)
	w.send(text(2, 1, 1, "one"), text(2, 1, 2, "two"), text(1, 2, 1, "three"),
		event(2, 3, conv, msgdef.ContentEdit, edited(2, "TWO")), // 4
		text(2, 1, 4, "five"), text(2, 1, 5, "six"))
	want := func(what string, uid uint64, history, inbox string) {
		t.Helper()
		h, i := w.serves(t, uid, conv)
		if got := strings.Join(h, " "); got != history {
			t.Errorf("%s: history %q, want %q", what, got, history)
		}
		if got := strings.Join(i, " "); got != inbox {
			t.Errorf("%s: inbox %q, want %q", what, got, inbox)
		}
	}
	whole := "one TWO three edit TWO five six"
	want("before", 1, whole, whole)
	if got := w.talksOf(1)[conv].Unread; got != 2 {
		t.Errorf("unread: %d", got)
	}
	w.send(sets(1, 2, conv, msgdef.Setting{Act: msgdef.SettingDelete, CSeqs: []uint64{6, 2, 4}}))
	w.restart()
	part := "one - three edit - five -"
	want("deleted", 1, part, part)
	talk := w.talksOf(1)[conv]
	if got := bodies(t, [][]byte{talk.Newest}); talk.Unread != 1 || got[0] != "-" {
		t.Errorf("deleted: %d unread, newest %q", talk.Unread, got)
	}
	w.send(event(2, 6, conv, msgdef.ContentEdit, edited(5, "FIVE")), event(2, 7, conv, msgdef.ContentEdit, edited(6, "SIX")))
	finds := func(uid uint64, text string, want int) {
		t.Helper()
		found, err := w.server.FindMessages(t.Context(), &rpc.MessageSearch{UID: uid, Text: text})
		if w.must(err); len(found.Messages) != want {
			t.Errorf("%d finds %d with %q, want %d", uid, len(found.Messages), text, want)
		}
	}
	finds(1, "one", 1)
	finds(1, "two", 0)
	finds(2, "two", 1)
	part = "one - three edit - FIVE - edit FIVE edit -"
	want("edited since", 1, part, part)
	page := w.conv(rpc.ConvPull{UID: 1, Conv: conv, After: 7}) // alone on a page, far from what it is about
	if got := bodies(t, page.Messages); len(got) != 1 || got[0] != "edit -" {
		t.Errorf("an edit on a page of its own: %q", got)
	}
	if r := w.send(sets(1, 3, conv, msgdef.Setting{Act: msgdef.SettingClear, CSeq: 5}))[0]; r.Code != msgdef.CodeOK {
		t.Fatalf("%+v", r)
	}
	w.restart()
	finds(1, "one", 0)
	finds(2, "one", 1)
	want("cleared", 1, "- edit - edit -", "- - - edit - - - edit - edit -")
	if page := w.conv(rpc.ConvPull{UID: 1, Conv: conv, Before: 4}); page.Code != msgdef.CodeOK || len(page.Messages) != 0 || page.Head != 8 {
		t.Errorf("before what was cleared: %+v", page)
	}
	w.send(event(2, 20, conv, msgdef.ContentPin, &msgdef.Pin{CSeq: 3}), event(2, 21, conv, msgdef.ContentPin, &msgdef.Pin{CSeq: 6}))
	pinned, err := w.server.Pins(t.Context(), &rpc.PinsQuery{UID: 1, Conv: conv})
	w.must(err)
	if got := bodies(t, pinned.Messages); len(got) != 1 || got[0] != "-" {
		t.Errorf("pinned: %q", got)
	}
	w.send(text(2, 1, 8, "nine"))
	if talk := w.talksOf(1)[conv]; talk.Since != 6 || talk.Unread != 1 || talk.Head != 11 {
		t.Errorf("cleared: %+v", talk)
	}
	w.send(sets(1, 4, conv, msgdef.Setting{Act: msgdef.SettingClear, CSeq: 11}))
	if talk, ok := w.talksOf(1)[conv]; !ok || talk.Since != 12 || talk.Unread != 0 || len(talk.Newest) != 0 {
		t.Errorf("all cleared: %+v", talk)
	}
	whole = "one TWO three edit TWO FIVE SIX edit FIVE edit SIX pin pin nine"
	want("the other", 2, whole, whole)
	if talk := w.talksOf(2)[conv]; len(talk.State) != 0 || len(talk.Newest) == 0 || talk.Since != 1 {
		t.Errorf("the other: %+v", talk)
	}
}

// TestDeletingIsBounded has nobody delete more than they may, and clear then.
func TestDeletingIsBounded(t *testing.T) {
	w := newWorld(t, 2)
	conv := msgdef.Pair(1, 2)
	const most = 100 // of a Setting
	counter := uint64(0)
	for range (mostDeleted + most) / most {
		var items []rpc.Send
		for range most {
			counter++
			items = append(items, text(2, 1, counter, "x"))
		}
		w.send(items...)
	}
	list := make([]uint64, most)
	for n := range uint64(mostDeleted/most) + 1 {
		for i := range list {
			list[i] = n*most + uint64(i) + 1
		}
		r := w.send(sets(1, n+1, conv, msgdef.Setting{Act: msgdef.SettingDelete, CSeqs: list}))[0]
		if want := n < mostDeleted/most; (r.Code == msgdef.CodeOK) != want || !want && r.Code != msgdef.CodeManyDeleted {
			t.Fatalf("%d: %+v", n, r)
		}
	}
	if talk := w.talksOf(1)[conv]; talk.Unread != most {
		t.Errorf("unread: %d, want %d", talk.Unread, most)
	}
	w.send(sets(1, 500, conv, msgdef.Setting{Act: msgdef.SettingClear, CSeq: mostDeleted - 1}))
	if got := w.state(1, conv); got.Deleted != 1 || got.Cleared != mostDeleted-1 {
		t.Errorf("%+v", got)
	}
	if r := w.send(sets(1, 501, conv, msgdef.Setting{Act: msgdef.SettingDelete, CSeqs: list}))[0]; r.Code != msgdef.CodeOK {
		t.Errorf("%+v", r)
	}
	if talk := w.talksOf(1)[conv]; talk.Unread != 0 {
		t.Errorf("unread: %d", talk.Unread)
	}
}

// TestSettingsAreDurable has the list of conversations wait for what it tells.
func TestSettingsAreDurable(t *testing.T) {
	w, d := newDiskWorld(t, 2)
	conv := msgdef.Pair(1, 2)
	w.send(text(1, 2, 1, "x"))
	d.hold()
	s := newSink()
	w.must(w.server.Send(t.Context(), &rpc.Sends{Items: []rpc.Send{sets(1, 2, conv, msgdef.Setting{Act: msgdef.SettingPin, Place: 3})}}, s))
	w.applied(1, 2)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if reply, err := w.server.Talks(ctx, &rpc.TalksQuery{UID: 1}); err == nil {
		t.Errorf("told before it was durable: %+v", reply)
	}
	d.let(nil)
	s.wait(1)
	if got := w.state(1, conv); got.Place != 3 {
		t.Errorf("%+v", got)
	}
}

// TestSettingsOfTwoServices has devices of a user set, delete and read at two
// services at once. The stream says what has to come of it.
func TestSettingsOfTwoServices(t *testing.T) {
	s := newServices(t, postgrestest.Database(t), 2)
	conv := msgdef.Pair(1, 2)
	const messages, rounds = 120, 30
	for i := range uint64(messages) {
		s.try(s.servers[i%2], text(2, 1, i+1, "x"))
	}
	var devices sync.WaitGroup
	for device := range uint64(3) {
		devices.Go(func() {
			for counter := range uint64(rounds) {
				set := msgdef.Setting{Act: msgdef.SettingDelete, CSeqs: []uint64{1 + rand.Uint64N(messages), 1 + rand.Uint64N(messages)}}
				switch rand.IntN(4) {
				case 0:
					set = msgdef.Setting{Act: msgdef.SettingDraft, Draft: msgdef.TalkDraft{Text: fmt.Sprint(device, " ", counter)}}
				case 1:
					set = msgdef.Setting{Act: msgdef.SettingClear, CSeq: 1 + rand.Uint64N(messages/2)}
				}
				it := sets(1, counter+1, conv, set)
				it.Device = device + 1
				for !s.try(s.servers[rand.IntN(2)], it) {
					time.Sleep(time.Millisecond)
				}
				_, err := s.servers[rand.IntN(2)].Read(context.Background(), &rpc.Reads{Items: []rpc.Read{{UID: 1, Conv: conv, CSeq: messages}}})
				s.must(err)
			}
		})
	}
	devices.Wait()
	w := &world{t: t, server: s.servers[0], store: s.stores[0]}
	stream := w.conv(rpc.ConvPull{UID: 1, Conv: msgdef.Stream(1), Limit: 512}).Messages
	var cleared uint64
	var texts int
	deleted := map[uint64]bool{}
	state := w.state(1, conv)
	for _, encoded := range stream {
		m, set := decode(t, encoded), msgdef.Setting{}
		w.must(set.Decode(m.Body))
		for _, cseq := range set.CSeqs {
			deleted[cseq] = true
		}
		if cleared = max(cleared, set.CSeq); set.Draft.Text != "" {
			if texts++; m.CSeq != state.Drafted || set.Draft != state.Draft {
				t.Errorf("draft %q at %d is left, %+v is the newest", set.Draft.Text, m.CSeq, state)
			}
		}
	}
	var left []uint64
	for cseq := range deleted {
		if cseq > cleared {
			left = append(left, cseq)
		}
	}
	if len(stream) != 3*rounds || state.Changed != 3*rounds || state.Cleared != cleared || int(state.Deleted) != len(left) || texts > 1 {
		t.Errorf("%d settings, %d drafts: %+v; want cleared %d, deleted %d", len(stream), texts, state, cleared, len(left))
	}
	slices.Sort(left)
	for i, encoded := range w.conv(rpc.ConvPull{UID: 1, Conv: conv, Limit: 512}).Messages {
		cseq := cleared + uint64(i) + 1
		if _, hidden := slices.BinarySearch(left, cseq); hidden != (bodies(t, [][]byte{encoded})[0] == "-") {
			t.Errorf("message %d hidden: %t", cseq, !hidden)
		}
	}
}
