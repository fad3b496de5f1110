package dev

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// TestAwayForTooLong has a device come back after the inbox has dropped what it
// missed: it is told once, what is kept follows, the list of conversations and
// history have the rest, and a new device begins alike.
func TestAwayForTooLong(t *testing.T) {
	var away atomic.Int64
	w := newWorldWith(t, func(o *Options) {
		o.Now = func() time.Time { return time.Now().Add(time.Duration(away.Load())) }
		o.ServiceLimits.Sweep = 10 * time.Millisecond
	})
	alice := w.user("alice")
	phone := w.options("bob")
	phone.State = new(client.MemoryState)
	bob := w.connect(phone)
	conv := msgdef.Pair(alice.UID(), bob.UID())
	for _, text := range []string{"one", "two", "three"} {
		alice.send(bob.UID(), text)
	}
	bob.messages(3)
	bob.close()
	for _, text := range []string{"four", "five"} {
		alice.send(bob.UID(), text)
	}
	away.Store(int64(31 * 24 * time.Hour))
	for w.server.service.Stats().Dropped < 10 { // of both inboxes
		time.Sleep(time.Millisecond)
	}
	alice.send(bob.UID(), "six")

	tablet := w.options("bob")
	for name, options := range map[string]client.Options{"phone": phone, "tablet": tablet} {
		var told []client.Resync
		options.OnResync = func(r client.Resync) { told = append(told, r) } // by the goroutine that delivers
		device := w.connect(options)
		got := device.messages(1)
		if len(got) != 1 || string(got[0].Body) != "six" {
			t.Errorf("%s: got %d messages, the first is %q", name, len(got), got[0].Body)
		}
		if len(told) != 1 || told[0].Status != msgdef.SyncTooLong || told[0].Floor != 5 {
			t.Errorf("%s: told %+v", name, told)
		}
		page, err := device.Talks(device.ctx(), msgdef.Conversation{}, 0)
		if err != nil || len(page.Talks) != 1 || page.Talks[0].Unread != 6 || page.Head != 6 {
			t.Errorf("%s: conversations %+v, %v", name, page, err)
		}
		if all := device.history(conv, 2); len(all) != 6 || string(all[0].Body) != "one" {
			t.Errorf("%s: history has %d messages", name, len(all))
		}
		device.close()
	}
}
