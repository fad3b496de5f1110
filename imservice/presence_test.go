package imservice

import (
	"context"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// whereabout asks about one user.
func (w *world) whereabout(asker, uid uint64, via msgdef.Conversation) (msgdef.PresenceState, bool) {
	w.t.Helper()
	reply, err := w.server.Whereabouts(context.Background(), &rpc.WhereaboutsQuery{
		Items: []rpc.Whereabout{{Asker: asker, UID: uid, Via: via, Seen: true}},
	})
	w.must(err)
	return reply.Items[0], reply.Invisible[0]
}

// knows checks what an asker may know.
func (w *world) knows(what string, asker, uid uint64, via msgdef.Conversation, want bool) {
	w.t.Helper()
	state, _ := w.whereabout(asker, uid, via)
	if got := state.Code == msgdef.CodeOK; got != want || !want && (state.Code != msgdef.CodeForbidden || state.Seen != 0) || state.Online {
		w.t.Errorf("%s: %+v, want it known: %v", what, state, want)
	}
}

// TestWhoMayWatch has nobody know of somebody whom they have nothing to do with, nor
// of those with whom they had a group once.
func TestWhoMayWatch(t *testing.T) {
	w := newWorld(t, 5)
	w.tell(7, w.began(2, 1, 7))
	none := msgdef.Conversation{}
	w.knows("oneself", 1, 1, none, true)
	w.knows("a stranger", 1, 2, none, false)
	w.send(text(1, 2, 1, "hello"))
	w.knows("the other one of a conversation", 1, 2, none, true)
	w.knows("the other way", 2, 1, none, true)
	w.knows("by a pair as a group", 1, 2, msgdef.Pair(1, 2), false)
	w.knows("by a stream", 1, 2, msgdef.Stream(1), false)
	w.knows("nobody at all", 1, 99, none, false)
	w.knows("an id that nobody has", 1, 0, none, false)
	w.restart()
	w.knows("after a restart", 2, 1, none, true)
	block := event(2, 9, msgdef.Stream(2), msgdef.ContentBlock, &msgdef.Block{UID: 1})
	if r := w.send(block)[0]; r.Code != msgdef.CodeOK {
		t.Fatal(r.Code)
	}
	w.knows("who blocks the asker", 1, 2, none, false)
	w.knows("whom the asker blocks", 2, 1, none, true)
}

// TestInvisible has others see a user offline since they wished so, and nothing of what
// they did then, until they wish otherwise.
func TestInvisible(t *testing.T) {
	w := newWorld(t, 2)
	w.send(text(1, 2, 1, "hello"))
	hide := func(counter uint64, off bool, conv msgdef.Conversation) msgdef.ErrorCode {
		t.Helper()
		return w.send(sets(2, counter, conv, msgdef.Setting{Act: msgdef.SettingInvisible, Off: off}))[0].Code
	}
	for _, conv := range []msgdef.Conversation{msgdef.Pair(1, 2), msgdef.Stream(1)} {
		if code := hide(1, false, conv); code != msgdef.CodeForbidden {
			t.Errorf("a setting for %x: %v", conv, code)
		}
	}
	if code := hide(1, false, msgdef.Stream(2)); code != msgdef.CodeOK {
		t.Fatal(code)
	}
	since := w.clock.now().UnixMilli()
	w.clock.add(day)
	w.tell(7, rpc.SignedIn{UID: 2, Device: 1, Conn: 1, Life: 7, Began: since + 1, Ended: since + 5, End: msgdef.EndClient})
	if code := hide(2, false, msgdef.Stream(2)); code != msgdef.CodeOK { // again, which changes nothing
		t.Fatal(code)
	}
	w.restart()
	if state, invisible := w.whereabout(1, 2, msgdef.Conversation{}); !invisible || state.Seen != since {
		t.Errorf("%+v, invisible: %v", state, invisible)
	}
	if _, invisible := w.whereabout(2, 2, msgdef.Conversation{}); invisible {
		t.Error("to oneself")
	}
	if code := hide(3, true, msgdef.Stream(2)); code != msgdef.CodeOK {
		t.Fatal(code)
	}
	if state, invisible := w.whereabout(1, 2, msgdef.Conversation{}); invisible || state.Seen != since+5 {
		t.Errorf("visible again: %+v, %v", state, invisible)
	}
}
