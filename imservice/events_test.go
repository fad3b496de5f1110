package imservice

import (
	"fmt"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// event is an event of a user's first device.
func event(by, counter uint64, conv msgdef.Conversation, kind msgdef.ContentKind, body interface{ Append([]byte) []byte }) rpc.Send {
	return rpc.Send{Conn: by, UID: by, Device: 1, Counter: counter, Conv: conv, Kind: kind, Body: body.Append(nil)}
}

func edited(cseq uint64, body string) *msgdef.Edit {
	return &msgdef.Edit{CSeq: cseq, Kind: msgdef.ContentText, Body: []byte(body)}
}

// look describes a message as a member sees it.
func (w *world) look(uid uint64, conv msgdef.Conversation, cseq uint64) string {
	w.t.Helper()
	page := w.conv(rpc.ConvPull{UID: uid, Conv: conv, After: cseq - 1, Limit: 1})
	if cseq == 1 {
		page = w.conv(rpc.ConvPull{UID: uid, Conv: conv, Before: 2, Limit: 1})
	}
	m := decode(w.t, page.Messages[0])
	var s msgdef.MessageState
	if len(m.State) > 0 {
		w.must(s.Decode(m.State))
	}
	return fmt.Sprintf("%q changed %d recalled %t pinned %t %v", m.Body, s.Changed, s.Recalled, s.Pinned, s.Reactions)
}

// TestEvents follows one message through what can happen to it, over restarts.
func TestEvents(t *testing.T) {
	w := newWorld(t, 2)
	conv := msgdef.Pair(1, 2)
	w.send(text(1, 2, 1, "first"))
	steps := []struct {
		by   uint64
		kind msgdef.ContentKind
		body interface{ Append([]byte) []byte }
		want string
	}{
		{1, msgdef.ContentEdit, edited(1, "second"), `"second" changed 2 recalled false pinned false []`},
		{1, msgdef.ContentEdit, edited(1, "third"), `"third" changed 3 recalled false pinned false []`},
		{2, msgdef.ContentReaction, &msgdef.Reaction{CSeq: 1, Emoji: "👍"}, `"third" changed 3 recalled false pinned false [{👍 1}]`},
		{1, msgdef.ContentReaction, &msgdef.Reaction{CSeq: 1, Emoji: "👍"}, `"third" changed 3 recalled false pinned false [{👍 2}]`},
		{1, msgdef.ContentReaction, &msgdef.Reaction{CSeq: 1, Emoji: "x"}, `"third" changed 3 recalled false pinned false [{👍 1} {x 1}]`},
		{2, msgdef.ContentReaction, &msgdef.Reaction{CSeq: 1, Emoji: "👍", Off: true}, `"third" changed 3 recalled false pinned false [{x 1}]`},
		{2, msgdef.ContentPin, &msgdef.Pin{CSeq: 1}, `"third" changed 3 recalled false pinned true [{x 1}]`},
		{1, msgdef.ContentPin, &msgdef.Pin{CSeq: 1, Off: true}, `"third" changed 3 recalled false pinned false [{x 1}]`},
		{1, msgdef.ContentEdit, edited(1, "fourth"), `"fourth" changed 10 recalled false pinned false [{x 1}]`},
		{1, msgdef.ContentRecall, &msgdef.Recall{CSeq: 1}, `"" changed 11 recalled true pinned false []`},
	}
	for i, step := range steps {
		it := event(step.by, uint64(i)+2, conv, step.kind, step.body)
		r := w.send(it)[0]
		if r.Code != msgdef.CodeOK || r.CSeq != uint64(i)+2 {
			t.Fatalf("step %d: %+v", i, r)
		}
		if again := w.send(it)[0]; again != r {
			t.Errorf("step %d again: %+v, then %+v", i, r, again)
		}
		if got := w.look(2, conv, 1); got != step.want {
			t.Errorf("step %d: %s, want %s", i, got, step.want)
		}
		if i%3 == 2 {
			w.restart()
		}
	}
	for _, row := range w.inbox(2) { // what was taken back is nowhere
		m := decode(t, row.Message)
		var e msgdef.Edit
		if m.Kind == msgdef.ContentEdit && (e.Decode(m.Body) != nil || len(e.Body) > 0) || m.CSeq == 1 && len(m.Body) > 0 {
			t.Errorf("%+v still has content", m)
		}
	}
	if r := w.send(text(1, 2, 1, "first"))[0]; r.Code != msgdef.CodeOK || r.CSeq != 1 {
		t.Errorf("the first send again, after it was recalled: %+v", r)
	}
	if r := w.send(event(1, 2, conv, msgdef.ContentEdit, edited(1, "second")))[0]; r.Code != msgdef.CodeOK || r.CSeq != 2 {
		t.Errorf("the first edit again, after it was emptied: %+v", r)
	}
}

// TestEventsOfOneBatch has events follow in the batch of what they are about.
func TestEventsOfOneBatch(t *testing.T) {
	w := newWorld(t, 2)
	conv := msgdef.Pair(1, 2)
	results := w.send(
		text(1, 2, 1, "one"),
		event(2, 1, conv, msgdef.ContentReaction, &msgdef.Reaction{CSeq: 1, Emoji: "a"}),
		event(1, 2, conv, msgdef.ContentEdit, edited(1, "two")),
		event(2, 2, conv, msgdef.ContentReaction, &msgdef.Reaction{CSeq: 1, Emoji: "b"}),
		event(2, 3, conv, msgdef.ContentReaction, &msgdef.Reaction{CSeq: 1, Emoji: "b"}),
		event(1, 3, conv, msgdef.ContentEdit, edited(1, "three")),
		event(1, 4, conv, msgdef.ContentEdit, edited(9, "of nothing")),
	)
	got := []string{}
	for _, r := range results {
		got = append(got, fmt.Sprint(r.Code, r.CSeq))
	}
	if want := "[ok 1 ok 2 ok 3 ok 4 bad_argument 0 ok 5 bad_argument 0]"; fmt.Sprint(got) != want {
		t.Errorf("%v, want %s", got, want)
	}
	want := `"three" changed 5 recalled false pinned false [{b 1}]`
	for range 2 {
		if got := w.look(1, conv, 1); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		w.restart()
	}
}

// TestWhoseEvents tells who may do what to which message.
func TestWhoseEvents(t *testing.T) { sizes(t, testWhoseEvents) }

func testWhoseEvents(t *testing.T, size func(*Options)) {
	w := newCrowd(t, 6, 4, msgdef.GroupInfo{Entry: msgdef.EntryOpen}, size) // 1
	w.acts(1, 2, msgdef.GroupChange{Act: msgdef.GroupRank, UIDs: []uint64{2}, Role: msgdef.RoleAdmin})
	w.says(1, 3, "owner") // 3
	w.says(2, 3, "admin") // 4
	w.says(3, 3, "old")   // 5
	w.clock.add(49 * time.Hour)
	w.says(3, 4, "new") // 6
	w.acts(5, 1, msgdef.GroupChange{Act: msgdef.GroupJoin})
	w.acts(1, 4, msgdef.GroupChange{Act: msgdef.GroupMute, UIDs: []uint64{4}, Until: 1 << 60})
	const ok, no, bad, late, muted = msgdef.CodeOK, msgdef.CodeForbidden, msgdef.CodeBadArgument, msgdef.CodeTooLate, msgdef.CodeMuted
	type body = interface{ Append([]byte) []byte }
	for i, c := range []struct {
		by   uint64
		kind msgdef.ContentKind
		body body
		want msgdef.ErrorCode
	}{
		{3, msgdef.ContentEdit, edited(6, "x"), ok},
		{3, msgdef.ContentEdit, edited(5, "x"), late},
		{3, msgdef.ContentEdit, edited(4, "x"), no},
		{1, msgdef.ContentEdit, edited(6, "x"), no},
		{3, msgdef.ContentEdit, edited(1, "x"), bad}, // an event
		{3, msgdef.ContentEdit, edited(0, "x"), bad},
		{3, msgdef.ContentEdit, edited(99, "x"), bad},
		{3, msgdef.ContentEdit, &msgdef.Edit{CSeq: 6, Kind: msgdef.ContentCustom}, bad},
		{3, msgdef.ContentEdit, &msgdef.Reaction{}, bad},
		{6, msgdef.ContentEdit, edited(6, "x"), no},
		{4, msgdef.ContentReaction, &msgdef.Reaction{CSeq: 6, Emoji: "x"}, muted},
		{5, msgdef.ContentReaction, &msgdef.Reaction{CSeq: 6, Emoji: "x"}, bad}, // from before they joined
		{5, msgdef.ContentRecall, &msgdef.Recall{CSeq: 6}, bad},
		{6, msgdef.ContentReaction, &msgdef.Reaction{CSeq: 6, Emoji: "x"}, no},
		{3, msgdef.ContentReaction, &msgdef.Reaction{CSeq: 6}, bad},
		{3, msgdef.ContentReaction, &msgdef.Reaction{CSeq: 6, Emoji: "x\n"}, bad},
		{3, msgdef.ContentReaction, &msgdef.Reaction{CSeq: 6, Emoji: "x", Off: true}, bad},
		{3, msgdef.ContentReaction, &msgdef.Reaction{CSeq: 6, Emoji: "x"}, ok},
		{3, msgdef.ContentReaction, &msgdef.Reaction{CSeq: 6, Emoji: "x"}, bad},
		{3, msgdef.ContentPin, &msgdef.Pin{CSeq: 6}, no},
		{2, msgdef.ContentPin, &msgdef.Pin{CSeq: 6, Off: true}, bad},
		{2, msgdef.ContentPin, &msgdef.Pin{CSeq: 6}, ok},
		{2, msgdef.ContentPin, &msgdef.Pin{CSeq: 6}, bad},
		{3, msgdef.ContentRecall, &msgdef.Recall{CSeq: 5}, late},
		{3, msgdef.ContentRecall, &msgdef.Recall{CSeq: 4}, no},
		{2, msgdef.ContentRecall, &msgdef.Recall{CSeq: 3}, no},
		{2, msgdef.ContentRecall, &msgdef.Recall{CSeq: 5}, ok}, // an admin, at any time
		{2, msgdef.ContentRecall, &msgdef.Recall{CSeq: 5}, bad},
		{1, msgdef.ContentRecall, &msgdef.Recall{CSeq: 4}, ok},
		{3, msgdef.ContentRecall, &msgdef.Recall{CSeq: 6}, ok},
		{3, msgdef.ContentEdit, edited(6, "x"), bad},
		{3, msgdef.ContentPin + 1, edited(6, "x"), bad},
	} {
		if r := w.send(event(c.by, 100+uint64(i), club, c.kind, c.body))[0]; r.Code != c.want {
			t.Errorf("%d: %d %v %+v: %v, want %v", i, c.by, c.kind, c.body, r.Code, c.want)
		}
	}
	for i, it := range []rpc.Send{
		event(1, 500, msgdef.Pair(1, 2), msgdef.ContentGroup, &msgdef.GroupChange{Act: msgdef.GroupDissolve}),
		event(1, 501, msgdef.Pair(1, 2), msgdef.ContentRecall, &msgdef.Recall{CSeq: 1}),
		event(1, 502, msgdef.Pair(2, 3), msgdef.ContentRecall, &msgdef.Recall{CSeq: 1}),
	} {
		if r := w.send(it)[0]; r.Code == ok {
			t.Errorf("%d: %+v", i, r)
		}
	}
}

// TestManyEmoji bounds what members can put to a message.
func TestManyEmoji(t *testing.T) {
	w := newCrowd(t, 30, 30, msgdef.GroupInfo{})
	w.says(1, 2, "x")
	for uid := uint64(1); uid <= 30; uid++ {
		r := w.send(event(uid, 50, club, msgdef.ContentReaction, &msgdef.Reaction{CSeq: 2, Emoji: fmt.Sprint("emoji", uid)}))[0]
		if want := uid <= mostEmoji; (r.Code == msgdef.CodeOK) != want {
			t.Errorf("emoji %d: %v", uid, r.Code)
		}
	}
	for uid := uint64(20); uid <= 30; uid++ { // those that are there already may be put by all
		if r := w.send(event(uid, 51, club, msgdef.ContentReaction, &msgdef.Reaction{CSeq: 2, Emoji: "emoji3"}))[0]; r.Code != msgdef.CodeOK {
			t.Errorf("%d: %v", uid, r.Code)
		}
	}
	w.says(2, 60, "y")
	if got := w.look(5, club, 2); len(got) < 100 {
		t.Error(got)
	}
}

// TestExtra has what most messages do not have come as it was sent, and count as
// part of the message.
func TestExtra(t *testing.T) {
	w := newWorld(t, 2)
	x := msgdef.Extra{Reply: 7, Mentions: []uint64{1, 0}}
	it := text(1, 2, 1, "x")
	it.Extra = x.Append(nil)
	w.send(it)
	rows := w.inbox(2)
	var got msgdef.Extra
	if m := decode(t, rows[0].Message); got.Decode(m.Extra) != nil || fmt.Sprint(got) != fmt.Sprint(x) {
		t.Errorf("%+v", got)
	}
	if r := w.send(it)[0]; r.Code != msgdef.CodeOK || r.CSeq != 1 {
		t.Errorf("again: %+v", r)
	}
	it.Extra = nil
	if r := w.send(it)[0]; r.Code != msgdef.CodeConflict {
		t.Errorf("without: %+v", r)
	}
	for i, junk := range [][]byte{{1}, make([]byte, maxExtra+1), make([]byte, 3)} {
		it.Counter, it.Extra = 10+uint64(i), junk
		if r := w.send(it)[0]; r.Code != msgdef.CodeBadArgument {
			t.Errorf("junk %d: %+v", i, r)
		}
	}
}
