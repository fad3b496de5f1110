package imservice

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// search returns the places of what is found, and in how many answers.
func (w *world) search(uid uint64, text string, conv msgdef.Conversation, limit uint16) (found []string, answers int) {
	w.t.Helper()
	q := rpc.MessageSearch{UID: uid, Text: text, Conv: conv, Limit: limit}
	for {
		page, err := w.server.FindMessages(context.Background(), &q)
		w.must(err)
		for _, encoded := range page.Messages {
			m := decode(w.t, encoded)
			found = append(found, fmt.Sprintf("%x %d", m.Conv, m.CSeq))
		}
		if answers++; !page.More {
			return found, answers
		}
		q.At, q.Before = page.At, page.Before
	}
}

func at(conv msgdef.Conversation, cseqs ...uint64) (list []string) {
	for _, cseq := range cseqs {
		list = append(list, fmt.Sprintf("%x %d", conv, cseq))
	}
	return list
}

// TestSearch finds what a user may read at the moment, and nothing else.
func TestSearch(t *testing.T) {
	w := newCrowd(t, 5, 3, msgdef.GroupInfo{Entry: msgdef.EntryOpen}) // 1
	pair, other := msgdef.Pair(1, 4), msgdef.Pair(1, 2)
	w.says(1, 2, "Old NEEDLE")                              // 2
	w.acts(4, 1, msgdef.GroupChange{Act: msgdef.GroupJoin}) // 3
	w.says(2, 3, "a needle in a haystack")                  // 4
	w.send(text(4, 1, 10, "needle one"), text(1, 4, 10, "thread"), text(4, 1, 11, "Needles"), text(1, 2, 11, "needle of others"))
	media := msgdef.Media{Name: "NEEDLE.jpg", Caption: "a Caption"}
	place := msgdef.Location{Name: "Needle Park"}
	w.send(
		rpc.Send{UID: 4, Device: 1, Counter: 12, Conv: pair, Kind: msgdef.ContentImage, Body: media.Append(nil)},      // 4
		rpc.Send{UID: 4, Device: 1, Counter: 13, Conv: pair, Kind: msgdef.ContentLocation, Body: place.Append(nil)},   // 5
		rpc.Send{UID: 4, Device: 1, Counter: 14, Conv: pair, Kind: msgdef.ContentCustom, Body: []byte("needle")},      // 6
		rpc.Send{UID: 4, Device: 1, Counter: 15, Conv: pair, Kind: msgdef.ContentText, Body: []byte("\xffÄRGER\xff")}, // 7
		event(4, 16, pair, msgdef.ContentReaction, &msgdef.Reaction{CSeq: 1, Emoji: "needle"}),                        // 8
		lasting(text(4, 1, 17, "a needle that ends"), 60),                                                             // 9
		text(4, 1, 18, "a needle taken back"),                                                                         // 10
		event(4, 19, pair, msgdef.ContentRecall, &msgdef.Recall{CSeq: 10}),                                            // 11
		text(4, 1, 20, "something else"),                                                                              // 12
		event(4, 21, pair, msgdef.ContentEdit, edited(12, "now a needle")),                                            // 13
		event(4, 22, pair, msgdef.ContentEdit, edited(3, "now a pin")),                                                // 14
	)
	want := func(uid uint64, text string, conv msgdef.Conversation, places ...string) {
		t.Helper()
		for _, limit := range []uint16{1, 2, 0, 999} {
			if got, _ := w.search(uid, text, conv, limit); !slices.Equal(got, places) {
				t.Errorf("%d looks for %q, %d at a time: %v, want %v", uid, text, limit, got, places)
			}
		}
	}
	everywhere := msgdef.Conversation{}
	want(4, "nEEdle", everywhere, append(at(club, 4), at(pair, 12, 9, 5, 4, 1)...)...)
	want(4, "needle", pair, at(pair, 12, 9, 5, 4, 1)...)
	want(1, "needle", everywhere, slices.Concat(at(club, 4, 2), at(other, 1), at(pair, 12, 9, 5, 4, 1))...)
	want(2, "needle", everywhere, slices.Concat(at(club, 4, 2), at(other, 1))...)
	want(4, "ärger", everywhere, at(pair, 7)...)
	want(4, "a caption", everywhere, at(pair, 4)...)
	want(4, "a pin", everywhere, at(pair, 3)...) // the edit itself is no message
	want(5, "needle", everywhere)
	want(99, "needle", everywhere)
	w.clock.add(time.Minute)
	want(4, "needle", pair, at(pair, 12, 5, 4, 1)...)
	w.acts(1, 5, msgdef.GroupChange{Act: msgdef.GroupRemove, UIDs: []uint64{4}})
	want(4, "needle", everywhere, at(pair, 12, 5, 4, 1)...)
	for i, hide := range []msgdef.Setting{{Act: msgdef.SettingDelete, CSeqs: []uint64{12, 3}}, {Act: msgdef.SettingClear, CSeq: 4}} {
		if r := w.send(sets(4, 30+uint64(i), pair, hide))[0]; r.Code != msgdef.CodeOK {
			t.Fatalf("%+v: %+v", hide, r)
		}
		want(4, "needle", everywhere, at(pair, []uint64{5, 4, 1}[:3-2*i]...)...)
		want(1, "needle", pair, at(pair, 12, 5, 4, 1)...)
	}
	w.searchRefused()
}

// searchRefused asks for what nobody gets.
func (w *world) searchRefused() {
	w.t.Helper()
	for name, c := range map[string]struct {
		query rpc.MessageSearch
		want  msgdef.ErrorCode
	}{
		"nothing":       {rpc.MessageSearch{UID: 1}, msgdef.CodeBadArgument},
		"too long":      {rpc.MessageSearch{UID: 1, Text: strings.Repeat("x", 129)}, msgdef.CodeBadArgument},
		"no text":       {rpc.MessageSearch{UID: 1, Text: "\xff"}, msgdef.CodeBadArgument},
		"others' pair":  {rpc.MessageSearch{UID: 2, Text: "x", Conv: msgdef.Pair(1, 4)}, msgdef.CodeForbidden},
		"of a stranger": {rpc.MessageSearch{UID: 5, Text: "x", Conv: club}, msgdef.CodeForbidden},
		"who left":      {rpc.MessageSearch{UID: 4, Text: "x", Conv: club}, msgdef.CodeForbidden},
		"no group":      {rpc.MessageSearch{UID: 1, Text: "x", Conv: msgdef.GroupConv(9)}, msgdef.CodeUnknownConversation},
	} {
		found, err := w.server.FindMessages(context.Background(), &c.query)
		var refused *rpc.Error
		if !errors.As(err, &refused) || refused.Code != c.want {
			w.t.Errorf("%s: %+v, %v", name, found, err)
		}
	}
	// Who goes on in a conversation of others is not told that it is there.
	page, err := w.server.FindMessages(context.Background(), &rpc.MessageSearch{UID: 5, Text: "needle", At: msgdef.Pair(1, 4), Before: 9})
	if err != nil || len(page.Messages) > 0 || page.More {
		w.t.Errorf("from a place of others: %+v, %v", page, err)
	}
}

// TestSearchIsBounded has an answer cost only so much, however much there is to
// look at, and all answers together find everything.
func TestSearchIsBounded(t *testing.T) {
	w := newWorld(t, 40)
	var want []string
	for peer := uint64(2); peer <= 40; peer++ {
		items := make([]rpc.Send, 100)
		if peer == 30 {
			items = make([]rpc.Send, 2*searchScan)
		}
		for i := range items {
			items[i] = text(1, peer, peer*10_000+uint64(i), "hay")
		}
		for _, i := range []int{len(items) - 1, 50, 0} {
			items[i].Body = []byte("a needle")
			want = append(want, at(msgdef.Pair(1, peer), uint64(i)+1)...)
		}
		w.send(items...)
	}
	got, answers := w.search(1, "needle", msgdef.Conversation{}, 0)
	if !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
	if least := (38*100 + 2*searchScan) / searchScan; answers < least || answers > 3*least {
		t.Errorf("%d answers", answers)
	}
	long := make([]rpc.Send, maxFound)
	for i := range long {
		long[i] = text(2, 3, uint64(i)+1, "needle"+strings.Repeat(".", msgdef.MaxBody-6))
	}
	w.send(long...)
	page, err := w.server.FindMessages(context.Background(), &rpc.MessageSearch{UID: 2, Text: "needle", Limit: maxFound})
	if err != nil || len(page.Messages) == 0 || len(page.Messages) == maxFound || !page.More {
		t.Errorf("an answer has %d long messages, %v", len(page.Messages), err)
	}
	if got, _ := w.search(3, "needle", msgdef.Pair(2, 3), 0); len(got) != maxFound {
		t.Errorf("%d long messages found", len(got))
	}
}
