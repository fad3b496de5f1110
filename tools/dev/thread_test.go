package dev

import (
	"slices"
	"testing"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// TestThread has a device hold a conversation by what comes to it, and another one by
// what it sends and deletes: both show what the server has.
func TestThread(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.user("alice"), w.user("bob")
	conv := msgdef.Pair(alice.UID(), bob.UID())
	hers, his := client.NewThread(conv), client.NewThread(conv)
	sends := func(kind msgdef.ContentKind, body []byte) {
		t.Helper()
		d := &client.Draft{Conv: conv, Kind: kind, Body: body}
		sent, err := alice.SendDraft(alice.ctx(), d)
		if err != nil {
			t.Fatal(err)
		}
		hers.AddSent(alice.UID(), d, sent)
	}
	for _, text := range []string{"one", "two", "three"} {
		sends(msgdef.ContentText, []byte(text))
	}
	page, err := bob.History(bob.ctx(), conv, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	sends(msgdef.ContentEdit, (&msgdef.Edit{CSeq: 1, Kind: msgdef.ContentText, Body: []byte("ONE")}).Append(nil))
	sends(msgdef.ContentReaction, (&msgdef.Reaction{CSeq: 1, Emoji: "+"}).Append(nil))
	sends(msgdef.ContentRecall, (&msgdef.Recall{CSeq: 2}).Append(nil))
	sends(msgdef.ContentPin, (&msgdef.Pin{CSeq: 3}).Append(nil))
	got := bob.messages(7)
	for _, m := range slices.Backward(got) {
		his.Add(m)
	}
	his.AddPage(page) // from before all that
	same := func(whose *user, thread *client.Thread) {
		t.Helper()
		if _, err := whose.Refresh(whose.ctx(), thread); err != nil {
			t.Fatal(err)
		}
		list := thread.Messages()
		for i, want := range whose.history(conv, 0) {
			if m := list[i]; m.CSeq != want.CSeq || m.Kind != want.Kind || string(m.Body) != string(want.Body) || string(m.State) != string(want.State) {
				t.Errorf("%s holds %+v; want %+v", whose.Account(), m, want)
			}
		}
	}
	same(alice, hers)
	same(bob, his)
	hides := msgdef.Setting{Conv: conv, Act: msgdef.SettingDelete, CSeqs: []uint64{1}}
	sent, err := bob.QueueSetting(&hides).Wait(bob.ctx())
	if err != nil {
		t.Fatal(err)
	}
	his.AddSent(bob.UID(), &client.Draft{Kind: msgdef.ContentSetting, Body: hides.Append(nil)}, sent)
	if m := his.Message(1); !m.Made().Hidden || len(m.Body) > 0 {
		t.Errorf("bob has deleted %+v", m)
	}
	same(bob, his)
}
