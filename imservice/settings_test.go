package imservice

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// sets is a setting of a user's first device.
func sets(by, counter uint64, conv msgdef.Conversation, s msgdef.Setting) rpc.Send {
	s.Conv = conv
	return event(by, counter, msgdef.Stream(by), msgdef.ContentSetting, &s)
}

// talksOf lists the conversations of a user as a new device would get them.
func (w *world) talksOf(uid uint64) map[msgdef.Conversation]msgdef.Talk {
	w.t.Helper()
	reply, err := w.server.Talks(context.Background(), &rpc.TalksQuery{UID: uid})
	w.must(err)
	all := map[msgdef.Conversation]msgdef.Talk{}
	for _, t := range reply.List {
		all[t.Conv] = t
	}
	return all
}

// state is what a user has set for a conversation.
func (w *world) state(uid uint64, conv msgdef.Conversation) (s msgdef.TalkState) {
	w.t.Helper()
	if t := w.talksOf(uid)[conv]; len(t.State) > 0 {
		w.must(s.Decode(t.State))
	}
	return s
}

// TestStreams has nobody but a user write and read their stream, which is nothing
// else than a stream.
func TestStreams(t *testing.T) {
	w := newWorld(t, 3)
	conv, stream := msgdef.Pair(1, 2), msgdef.Stream(1)
	w.push(1, 7)
	w.send(text(1, 2, 1, "x"))
	archive := msgdef.Setting{Act: msgdef.SettingArchive, CSeq: 1}
	it := sets(1, 2, conv, archive)
	r := w.send(it)[0]
	if r.Code != msgdef.CodeOK || r.CSeq != 1 || r.USeq != 2 {
		t.Fatalf("%+v", r)
	}
	if again := w.send(it)[0]; again != r {
		t.Errorf("again: %+v, then %+v", r, again)
	}
	all := w.notices.all()
	if last := all[len(all)-1]; last.UID != 1 || last.Except != 1 || last.USeq != 2 || len(all) != 3 {
		t.Errorf("told: %+v of %d", last.Recipient, len(all))
	}
	if rows := w.due(); len(rows) != 0 {
		t.Errorf("pushed: %v", rows)
	}
	if talks := w.talksOf(1); len(talks) != 1 || talks[conv].Unread != 0 {
		t.Errorf("conversations: %v", talks)
	}
	own, others := w.conv(rpc.ConvPull{UID: 1, Conv: stream}), w.conv(rpc.ConvPull{UID: 2, Conv: stream})
	if own.Code != msgdef.CodeOK || len(own.Messages) != 1 || others.Code != msgdef.CodeForbidden || len(others.Messages) != 0 {
		t.Errorf("own: %v, others: %v", own, others)
	}
	if code := w.read(1, stream, 1); code != msgdef.CodeBadArgument {
		t.Errorf("a read mark: %v", code)
	}
	if code := w.read(2, stream, 1); code == msgdef.CodeOK {
		t.Error("a read mark of another")
	}
	foreign := sets(2, 1, conv, archive)
	foreign.Conv = stream
	ofNobody := sets(math.MaxUint64, 1, conv, archive)
	inPair := sets(1, 4, conv, archive)
	inPair.Conv = conv
	words, extra := sets(1, 5, conv, archive), sets(1, 6, conv, archive)
	words.Kind, extra.Extra = msgdef.ContentText, (&msgdef.Extra{Reply: 1}).Append(nil)
	for i, bad := range []rpc.Send{foreign, ofNobody, inPair, words, extra, sets(99, 1, msgdef.Pair(99, 1), archive)} {
		if r := w.send(bad)[0]; r.Code == msgdef.CodeOK || r.Code >= msgdef.CodeBusy {
			t.Errorf("%d: %+v", i, r)
		}
	}
	if got := w.conv(rpc.ConvPull{UID: 1, Conv: stream}); len(got.Messages) != 1 || len(w.inbox(1)) != 2 {
		t.Errorf("refused settings left %d", len(got.Messages))
	}
}

// TestSettings follows what a user sets, over restarts.
func TestSettings(t *testing.T) {
	type setting = msgdef.Setting
	w := newWorld(t, 3)
	conv := msgdef.Pair(1, 2)
	w.send(text(1, 2, 1, "a"), text(2, 1, 1, "b"))
	later := w.clock.now().Add(time.Hour).UnixMilli()
	draft := msgdef.TalkDraft{Text: "dear", Reply: 2}
	want := msgdef.TalkState{}
	for i, step := range []struct {
		set  setting
		then func()
		code msgdef.ErrorCode
	}{
		{setting{Act: msgdef.SettingArchive, CSeq: 2}, func() { want.Archived = 2 }, 0},
		{setting{Act: msgdef.SettingMute, Until: later}, func() { want.Muted = later }, 0},
		{setting{Act: msgdef.SettingPin, Place: 7}, func() { want.Place = 7 }, 0},
		{setting{Act: msgdef.SettingUnread}, func() { want.Unread = 2 }, 0},
		{setting{Act: msgdef.SettingDraft, Draft: draft}, func() { want.Draft, want.Drafted = draft, 5 }, 0},
		{setting{Act: msgdef.SettingArchive}, nil, msgdef.CodeBadArgument},
		{setting{Act: msgdef.SettingArchive, CSeq: 3}, nil, msgdef.CodeBadArgument},
		{setting{Act: msgdef.SettingMute}, nil, msgdef.CodeBadArgument},
		{setting{Act: msgdef.SettingMute, Until: -1}, nil, msgdef.CodeBadArgument},
		{setting{Act: msgdef.SettingPin}, nil, msgdef.CodeBadArgument},
		{setting{Act: msgdef.SettingDraft}, nil, msgdef.CodeBadArgument},
		{setting{Act: msgdef.SettingDelete}, nil, msgdef.CodeBadArgument},
		{setting{Act: msgdef.SettingDelete, CSeqs: []uint64{0}}, nil, msgdef.CodeBadArgument},
		{setting{Act: msgdef.SettingDelete, CSeqs: []uint64{1, 3}}, nil, msgdef.CodeBadArgument},
		{setting{Act: msgdef.SettingDelete, CSeqs: []uint64{1}, Off: true}, nil, msgdef.CodeBadArgument},
		{setting{Act: msgdef.SettingClear}, nil, msgdef.CodeBadArgument},
		{setting{Act: msgdef.SettingClear, CSeq: 3}, nil, msgdef.CodeBadArgument},
		{setting{Act: msgdef.SettingClear, CSeq: 1, Off: true}, nil, msgdef.CodeBadArgument},
		{setting{Act: 0}, nil, msgdef.CodeBadArgument},
		{setting{Act: msgdef.SettingClear + 1}, nil, msgdef.CodeBadArgument},
		{setting{Act: msgdef.SettingDelete, CSeqs: []uint64{2, 2}}, func() { want.Deleted = 1 }, 0},
		{setting{Act: msgdef.SettingDelete, CSeqs: []uint64{2}}, func() {}, 0},
		{setting{Act: msgdef.SettingPin, Off: true}, func() { want.Place = 0 }, 0},
		{setting{Act: msgdef.SettingDraft, Off: true}, func() { want.Draft, want.Drafted = msgdef.TalkDraft{}, 0 }, 0},
		{setting{Act: msgdef.SettingMute, Off: true}, func() { want.Muted = 0 }, 0},
		{setting{Act: msgdef.SettingArchive, Off: true}, func() { want.Archived = 0 }, 0},
		{setting{Act: msgdef.SettingUnread, Off: true}, func() { want.Unread = 0 }, 0},
		{setting{Act: msgdef.SettingClear, CSeq: 1}, func() { want.Cleared = 1 }, 0},
		{setting{Act: msgdef.SettingClear, CSeq: 2}, func() { want.Cleared, want.Deleted = 2, 0 }, 0},
		{setting{Act: msgdef.SettingDelete, CSeqs: []uint64{1}}, func() {}, 0},
	} {
		it := sets(1, 10+uint64(i), conv, step.set)
		r := w.send(it)[0]
		if r.Code != step.code {
			t.Errorf("step %d: %+v, want %v", i, r, step.code)
		}
		if step.then != nil {
			step.then()
			if want.Changed++; r.CSeq != want.Changed {
				t.Errorf("step %d is at %d, want %d", i, r.CSeq, want.Changed)
			}
		}
		if again := w.send(it)[0]; again != r {
			t.Errorf("step %d again: %+v, then %+v", i, r, again)
		}
		if i%7 == 3 {
			w.restart()
		}
		if got := w.state(1, conv); got != want {
			t.Errorf("step %d: %+v, want %+v", i, got, want)
		}
	}
	if got := w.state(2, conv); got != (msgdef.TalkState{}) {
		t.Errorf("of the other: %+v", got)
	}
}

// TestSettingsOfOneBatch has settings follow each other, and what they are about, in
// one batch.
func TestSettingsOfOneBatch(t *testing.T) {
	w := newWorld(t, 2)
	conv := msgdef.Pair(1, 2)
	draft := func(text string) msgdef.Setting {
		return msgdef.Setting{Act: msgdef.SettingDraft, Draft: msgdef.TalkDraft{Text: text}}
	}
	founding := &msgdef.GroupChange{Act: msgdef.GroupFound, Info: msgdef.GroupInfo{Name: "Club"}}
	results := w.send(
		sets(1, 1, conv, msgdef.Setting{Act: msgdef.SettingPin, Place: 1}), // of nothing yet
		text(1, 2, 2, "one"), text(2, 1, 1, "two"), text(2, 1, 2, "three"),
		sets(1, 3, conv, draft("first")), sets(1, 4, conv, draft("second")),
		sets(1, 5, conv, msgdef.Setting{Act: msgdef.SettingDelete, CSeqs: []uint64{1, 3}}),
		sets(1, 6, conv, msgdef.Setting{Act: msgdef.SettingClear, CSeq: 2}),
		sets(1, 7, conv, msgdef.Setting{Act: msgdef.SettingDelete, CSeqs: []uint64{2, 3}}),
		sets(2, 3, conv, msgdef.Setting{Act: msgdef.SettingUnread}),
		event(1, 8, club, msgdef.ContentGroup, founding),
		sets(1, 9, club, msgdef.Setting{Act: msgdef.SettingPin, Place: 2}),
		sets(2, 4, club, msgdef.Setting{Act: msgdef.SettingPin, Place: 2}), // is no member
	)
	codes := make([]msgdef.ErrorCode, len(results))
	for i, r := range results {
		codes[i] = r.Code
	}
	if got, want := fmt.Sprint(codes), "[unknown_conversation ok ok ok ok ok ok ok ok ok ok ok forbidden]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for range 2 {
		want := msgdef.TalkState{Changed: 5, Draft: msgdef.TalkDraft{Text: "second"}, Drafted: 2, Cleared: 2, Deleted: 1}
		if got := w.state(1, conv); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
		if got := w.state(2, conv); got.Unread != 3 {
			t.Errorf("%+v", got)
		}
		if got := w.state(1, club); got.Place != 2 {
			t.Errorf("%+v", got)
		}
		w.restart()
	}
}

// TestSettingsOfMembers has nobody set anything for a conversation that is not
// theirs.
func TestSettingsOfMembers(t *testing.T) {
	w := newCrowd(t, 4, 3, msgdef.GroupInfo{Entry: msgdef.EntryOpen})
	w.send(text(2, 3, 50, "x"))
	w.says(1, 2, "x")
	w.acts(2, 51, msgdef.GroupChange{Act: msgdef.GroupLeave})
	w.acts(4, 1, msgdef.GroupChange{Act: msgdef.GroupJoin}) // 4
	const unknown, forbidden, bad = msgdef.CodeUnknownConversation, msgdef.CodeForbidden, msgdef.CodeBadArgument
	for i, c := range []struct {
		by   uint64
		conv msgdef.Conversation
		set  msgdef.Setting
		want msgdef.ErrorCode
	}{
		{1, msgdef.Pair(2, 3), msgdef.Setting{Act: msgdef.SettingUnread}, forbidden},
		{1, msgdef.Pair(1, 3), msgdef.Setting{Act: msgdef.SettingUnread}, unknown},
		{1, msgdef.Stream(1), msgdef.Setting{Act: msgdef.SettingUnread}, forbidden},
		{1, msgdef.Conversation{}, msgdef.Setting{Act: msgdef.SettingUnread}, unknown},
		{1, msgdef.GroupConv(99), msgdef.Setting{Act: msgdef.SettingUnread}, unknown},
		{2, club, msgdef.Setting{Act: msgdef.SettingUnread}, forbidden},
		{3, club, msgdef.Setting{Act: msgdef.SettingUnread}, msgdef.CodeOK},
		{4, club, msgdef.Setting{Act: msgdef.SettingDelete, CSeqs: []uint64{2}}, bad}, // from before they joined
		{4, club, msgdef.Setting{Act: msgdef.SettingDelete, CSeqs: []uint64{4}}, msgdef.CodeOK},
	} {
		if r := w.send(sets(c.by, 200+uint64(i), c.conv, c.set))[0]; r.Code != c.want {
			t.Errorf("%d: %+v, want %v", i, r, c.want)
		}
	}
}

// TestArchivedComesBack has a message bring a conversation back, unless it is muted.
func TestArchivedComesBack(t *testing.T) {
	w := newWorld(t, 2)
	conv := msgdef.Pair(1, 2)
	w.send(text(2, 1, 1, "a"))
	archived := func(want bool) {
		t.Helper()
		if got := w.state(1, conv).Archived != 0; got != want {
			t.Errorf("archived: %t, want %t", got, want)
		}
	}
	w.send(sets(1, 1, conv, msgdef.Setting{Act: msgdef.SettingArchive, CSeq: 1}))
	archived(true)
	w.send(event(2, 2, conv, msgdef.ContentReaction, &msgdef.Reaction{CSeq: 1, Emoji: "x"}))
	archived(true) // an event is no message
	w.send(text(2, 1, 3, "b"))
	archived(false)
	w.send(sets(1, 2, conv, msgdef.Setting{Act: msgdef.SettingArchive, CSeq: 2})) // of a device that has not seen "b"
	archived(false)
	w.send(sets(1, 3, conv, msgdef.Setting{Act: msgdef.SettingArchive, CSeq: 3}))
	archived(true)
	w.send(sets(1, 4, conv, msgdef.Setting{Act: msgdef.SettingMute, Until: w.clock.now().Add(time.Hour).UnixMilli()}))
	w.send(text(2, 1, 4, "c"))
	archived(true)
	w.clock.add(2 * time.Hour)
	archived(false)
}

// TestMarkedUnread has writing and reading end that a conversation is marked unread.
func TestMarkedUnread(t *testing.T) {
	w := newWorld(t, 2)
	conv := msgdef.Pair(1, 2)
	w.send(text(2, 1, 1, "a"), text(2, 1, 2, "b"))
	w.read(1, conv, 2)
	marked := func(want bool) {
		t.Helper()
		if got := w.state(1, conv).Unread != 0; got != want {
			t.Errorf("marked: %t, want %t", got, want)
		}
	}
	mark := msgdef.Setting{Act: msgdef.SettingUnread}
	w.send(sets(1, 1, conv, mark))
	marked(true)
	w.read(1, conv, 1) // of a device that was away
	w.read(2, conv, 2) // of the other
	w.send(text(2, 1, 3, "c"))
	marked(true)
	w.read(1, conv, 2) // the same position as before
	w.restart()
	marked(false)
	w.send(sets(1, 2, conv, mark))
	w.read(1, conv, 99)
	marked(false)
	w.send(sets(1, 3, conv, mark))
	marked(true)
	w.send(text(1, 2, 4, "d"))
	marked(false)
	w.send(sets(1, 5, conv, mark))
	w.send(sets(1, 6, conv, msgdef.Setting{Act: msgdef.SettingClear, CSeq: 4}))
	marked(false)
}

// TestDraftsLeaveNothing looks for drafts that were replaced, everywhere.
func TestDraftsLeaveNothing(t *testing.T) {
	w := newWorld(t, 2)
	conv := msgdef.Pair(1, 2)
	w.send(text(1, 2, 1, "x"))
	var items []rpc.Send
	var results []rpc.SendResult
	for i, words := range []string{"secret one", "secret two", "last", ""} {
		s := msgdef.Setting{Act: msgdef.SettingDraft, Draft: msgdef.TalkDraft{Text: words, Reply: 1}, Off: words == ""}
		items = append(items, sets(1, 2+uint64(i), conv, s))
		results = append(results, w.send(items[i])[0])
		if i == 1 {
			w.restart()
		}
		kept := fmt.Sprintf("%q", w.conv(rpc.ConvPull{UID: 1, Conv: msgdef.Stream(1)}).Messages)
		for _, e := range w.inbox(1) {
			kept += fmt.Sprintf("%q", e.Message)
		}
		if strings.Contains(kept, "secret") != (i < 2) || strings.Contains(kept, "last") != (i == 2) || strings.Contains(kept, "one") != (i == 0) {
			t.Errorf("after %q: %s", words, kept)
		}
	}
	for i := range items {
		if r := w.send(items[i])[0]; r != results[i] {
			t.Errorf("%d again: %+v, then %+v", i, results[i], r)
		}
	}
}

// TestMutedIsNotPushed has only messages be pushed that name who has muted.
func TestMutedIsNotPushed(t *testing.T) {
	w := newCrowd(t, 3, 3, msgdef.GroupInfo{})
	w.push(2, 9)
	w.push(3, 9)
	w.confirm(w.due()...)
	w.send(sets(2, 1, club, msgdef.Setting{Act: msgdef.SettingMute, Until: w.clock.now().Add(time.Hour).UnixMilli()}))
	w.says(1, 2, "to all")
	named := text(1, 1, 3, "to you")
	named.Conv, named.Extra = club, (&msgdef.Extra{Mentions: []uint64{3, 2}}).Append(nil)
	everybody := text(1, 1, 4, "to everybody")
	everybody.Conv, everybody.Extra = club, (&msgdef.Extra{Mentions: []uint64{0}}).Append(nil)
	w.send(named, everybody, text(1, 2, 5, "elsewhere"))
	pushed := func() (list []string) {
		for _, row := range w.due() {
			targets, err := w.server.Resolve(t.Context(), &rpc.PushRows{Items: []rpc.PushRow{row}})
			w.must(err)
			if target := targets.Items[0]; !target.Obsolete {
				m := decode(t, target.Message)
				list = append(list, fmt.Sprint(row.UID, " ", string(m.Body)))
			}
		}
		slices.Sort(list)
		return list
	}
	want := []string{"2 elsewhere", "2 to you", "3 to all", "3 to everybody", "3 to you"}
	if got := pushed(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	w.says(1, 6, "too early")
	w.send(sets(2, 2, club, msgdef.Setting{Act: msgdef.SettingMute, Off: true}))
	w.send(sets(3, 1, club, msgdef.Setting{Act: msgdef.SettingClear, CSeq: 5}))
	if got, want := pushed(), []string{"2 too early"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
