package gate_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/msgdef"
)

// TestMinApp says to apps that are too old, and only to those, what they need.
func TestMinApp(t *testing.T) {
	for app, served := range map[string]bool{
		"chat/2.1.0": true, "chat/2.1": true, "chat/2.1.0.1": true, "chat/2.1.0-beta": true, "chat/10": true, "chat/2.1.0 (ios)": true,
		"chat/2.0.9": false, "chat/2.0.9-rc9": false, "chat/1.99.99": false, "chat/2": false,
		"chat": false, "chat/": false, "chat/new": false, "chat/2.1.0.0.0": false, "chat/-1": false,
		"": true, "other": true, "other/0.1": true, "Chat/1": true,
	} {
		t.Run(app, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				oldest, err := gate.ParseMinApp("chat/2.1.0")
				must(t, err)
				w := newWorld(t, func(o *gate.Options) { o.MinApps = []gate.MinApp{oldest} })
				c := w.dial()
				c.handshake()
				login := loginOf("alice", 1)
				login.App = app
				if served {
					c.enter(login)
					return
				}
				c.say(login)
				if e := c.expectError(msgdef.TypeLogin, msgdef.CodeUpgrade); e.Detail != "chat 2.1.0 or newer is needed" || e.RetryAfter != 0 {
					t.Errorf("%+v", e)
				}
				c.expectEnd()
				synctest.Wait()
				w.wantCloses(gate.ReasonUpgrade, 1)
			})
		})
	}
}

// TestMinAppMistakes says what would be right.
func TestMinAppMistakes(t *testing.T) {
	for _, text := range []string{"", "chat", "/1", "chat/", "chat/x", "chat/1.2.3.4.5", "chat/1..2", "chat/-1", "chat/4294967296", strings.Repeat("x", 63) + "/1"} {
		if m, err := gate.ParseMinApp(text); err == nil || !strings.Contains(err.Error(), "2.1.0") {
			t.Errorf("%q: %+v, %v", text, m, err)
		}
	}
}
