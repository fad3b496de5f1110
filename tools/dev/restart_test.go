package dev

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// TestRestart finds keys, accounts and messages again.
func TestRestart(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.user("alice"), w.user("bob")
	sent := alice.send(bob.UID(), "before")
	alice.close()
	bob.close()
	roots := w.roots().JSON()
	w.stop()
	w.start()
	if diff := cmp.Diff(string(roots), string(w.roots().JSON())); diff != "" {
		t.Errorf("other roots: %s", diff)
	}
	again := w.user("bob") // with the same password
	if again.UID() != bob.UID() {
		t.Errorf("bob is now %d, was %d", again.UID(), bob.UID())
	}
	if got := again.messages(1)[0]; string(got.Body) != "before" || got.CSeq != sent.CSeq || got.At != sent.At {
		t.Errorf("found %+v", got)
	}
	if next := again.send(alice.UID(), "after"); next.CSeq != sent.CSeq+1 {
		t.Errorf("went on with %+v", next)
	}
}

// TestReconnectResends restarts the server under clients that send all the
// time: each message is stored once, in its sender's order.
func TestReconnectResends(t *testing.T) {
	const messages = 400
	w := newWorld(t)
	alice, bob := w.user("bench-alice"), w.user("bench-bob")
	conv := msgdef.Pair(alice.UID(), bob.UID())
	var want []string
	var sending sync.WaitGroup
	sending.Go(func() {
		for i := range messages {
			text := fmt.Sprint(i)
			want = append(want, text)
			sending.Add(1)
			alice.SendFunc(conv, msgdef.ContentText, []byte(text), func(_ client.Sent, err error) {
				if err != nil {
					t.Errorf("message %s: %v", text, err)
				}
				sending.Done()
			})
			if i%10 == 0 {
				time.Sleep(time.Millisecond) // so that restarts fall between them
			}
		}
	})
	for range 3 {
		time.Sleep(10 * time.Millisecond)
		w.stop()
		w.start()
	}
	sending.Wait()
	if diff := cmp.Diff(want, bodies(bob.messages(messages))); diff != "" {
		t.Errorf("bob got: %s", diff)
	}
	if diff := cmp.Diff(want, bodies(alice.history(conv, 0))); diff != "" {
		t.Errorf("stored: %s", diff)
	}
}
