package dev

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// TestBusyKeepsTheOrder queues more than the send rate allows, all at once:
// what is refused for now comes later, and nothing overtakes it.
func TestBusyKeepsTheOrder(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.user("alice"), w.user("bob")
	conv := msgdef.Pair(alice.UID(), bob.UID())
	var want []string
	var handles []*client.Handle
	for i := range 100 { // the burst is 60, then 20 a second
		want = append(want, fmt.Sprint(i))
		handles = append(handles, alice.Queue(conv, msgdef.ContentText, []byte(want[i])))
	}
	for i, h := range handles {
		if _, err := h.Wait(alice.ctx()); err != nil {
			t.Fatalf("message %d: %v", i, err)
		}
	}
	if diff := cmp.Diff(want, bodies(bob.messages(len(want)))); diff != "" {
		t.Errorf("bob's order (-want +got):\n%s", diff)
	}
}
