package dev

import (
	"errors"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// TestLater has messages sent by the server while their author is away, changed and
// taken back; the other device of the author shows the same list.
func TestLater(t *testing.T) {
	w := newWorld(t)
	alice, other, bob := w.user("alice"), w.user("alice"), w.user("bob")
	ctx := alice.ctx()
	conv := msgdef.Pair(alice.UID(), bob.UID())
	draft := func(body string) *client.Draft {
		return &client.Draft{Conv: conv, Kind: msgdef.ContentText, Body: []byte(body), Extra: msgdef.Extra{Reply: 0, Lifetime: 1000}}
	}
	id := func(h *client.Handle) uint64 {
		t.Helper()
		sent, err := h.Wait(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return sent.CSeq
	}
	never := id(alice.QueueLater(draft("never"), time.Now().Add(time.Hour)))
	soon := id(alice.QueueLater(draft("soon"), time.Now().Add(time.Hour)))
	soon = id(alice.ChangeLater(soon, draft("now"), time.Now()))
	id(alice.CancelLater(never))
	if m := bob.messages(1)[0]; string(m.Body) != "now" || m.From != alice.UID() || m.Beside().Lifetime != 1000 {
		t.Errorf("bob gets %+v", m)
	}
	var done *msgdef.LaterDone
	for _, m := range alice.messages(2) { // the message, and what became of the Later
		says, err := m.Event()
		if l, ok := says.(*msgdef.LaterDone); ok {
			done = l
		} else if err != nil || m.Conv != conv || string(m.Body) != "now" {
			t.Errorf("alice gets %+v, %v", m, err)
		}
	}
	if done == nil || *done != (msgdef.LaterDone{CSeq: soon, Conv: conv, Sent: 1}) {
		t.Errorf("done: %+v", done)
	}
	for _, m := range other.messages(6)[:4] {
		if m.Conv != msgdef.Stream(alice.UID()) {
			t.Errorf("the other device gets %+v", m)
		}
	}
	left := id(alice.QueueLater(draft("left"), time.Now().Add(time.Hour)))
	list, err := alice.Laters(ctx)
	if err != nil || len(list) != 1 || list[0].ID != left || string(list[0].Body) != "left" || list[0].Extra.Lifetime != 1000 {
		t.Errorf("waiting: %+v, %v", list, err)
	}
	if list, err = bob.Laters(ctx); err != nil || len(list) != 0 {
		t.Errorf("of bob waits %+v, %v", list, err)
	}
	var refused *client.Error
	if _, err := alice.CancelLater(soon).Wait(ctx); !errors.As(err, &refused) || refused.Code != msgdef.CodeUnknownLater {
		t.Errorf("taken back when it was sent: %v", err)
	}
}
