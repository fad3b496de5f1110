package dev

import (
	"errors"
	"strings"
	"testing"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/gate/transport/websocket"
	"github.com/sim-im/sim/msgdef/codec"
	"github.com/sim-im/sim/tools/ops"
)

// overWS are options of a client that comes the way of browsers.
func (w *world) overWS(name string) client.Options {
	o := w.options(name)
	o.Address = w.server.browsers.Addr()
	o.Dialer = websocket.Dialer{}
	return o
}

// TestBrowsers has users talk over WebSocket, in each codec, and TCP, also after
// a restart.
func TestBrowsers(t *testing.T) {
	for _, id := range codec.All() {
		t.Run(id.String(), func(t *testing.T) { browsers(t, id) })
	}
}

func browsers(t *testing.T, id codec.ID) {
	w := newWorldWith(t, func(o *Options) { o.WS.Listen = closedPort(t) })
	if url := w.server.WSURL(); url != "ws://"+w.opts.WS.Listen+"/sim" {
		t.Errorf("browsers connect to %s", url)
	}
	page := w.overWS("alice")
	page.Codec = id
	alice, bob := w.connect(page), w.user("bob")
	alice.send(bob.UID(), "from a page")
	bob.send(alice.UID(), "to a page")
	if got := bob.messages(1); string(got[0].Body) != "from a page" {
		t.Errorf("%q", got[0].Body)
	}
	if got := alice.messages(1); len(got) == 0 {
		t.Error("nothing came back")
	}
	w.stop()
	w.start()
	alice.send(bob.UID(), "after")
	if got := bob.messages(2); string(got[len(got)-1].Body) == "" {
		t.Error("nothing after the restart")
	}
}

// TestBrowsersRefused lists mistakes, and none is served without the option.
func TestBrowsersRefused(t *testing.T) {
	w := newWorld(t)
	if url := w.server.WSURL(); url != "" {
		t.Errorf("nobody asked for %s", url)
	}
	for _, addr := range []string{"0.0.0.0:0", ":0", "nonsense", "example.com:1"} {
		o := Options{Data: t.TempDir(), Listen: "127.0.0.1:0", WS: ops.WebSocket{Listen: addr, Origins: []string{"*"}}}
		_, err := Start(t.Context(), o)
		var origin *websocket.OriginError
		if !errors.As(err, &origin) || !strings.Contains(err.Error(), "--ws: ") {
			t.Errorf("%s: %v", addr, err)
		}
	}
	taken := Options{Data: t.TempDir(), Listen: "127.0.0.1:0", WS: ops.WebSocket{Listen: w.server.Addr()}}
	if _, err := Start(t.Context(), taken); err == nil || !strings.HasPrefix(err.Error(), "--ws: ") {
		t.Errorf("an address in use: %v", err)
	}
}
