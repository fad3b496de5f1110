package tsclient

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	sdk "github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/imservice"
	"github.com/sim-im/sim/msgdef/secure"
	"github.com/sim-im/sim/msgdef/vectors/kinds"
	"github.com/sim-im/sim/route/app"
	"github.com/sim-im/sim/tools/dev"
)

// world is a server that admits all suites, and what clients need.
type world struct {
	workspace
	t      *testing.T
	server *dev.Server

	address string   // that clients in TypeScript are given
	flags   []string // of the node that runs them
}

func newWorld(t *testing.T, w workspace) *world {
	t.Helper()
	return newWorldWith(t, w, func(*dev.Options) {})
}

// newWorldWith starts a server with other options.
func newWorldWith(t *testing.T, w workspace, change func(*dev.Options)) *world {
	t.Helper()
	o := dev.Options{
		Data: filepath.Join(t.TempDir(), "data"), Listen: "127.0.0.1:0", RPC: "127.0.0.1:0", MinFree: -1, AdmitClassical: true,
		PasswordCost: imservice.PasswordCost{MemoryKiB: 64, Iterations: 1, Parallelism: 1},
	}
	o.WS.Listen = "127.0.0.1:0"
	change(&o)
	server, err := dev.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(context.Background()); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return &world{workspace: w, t: t, server: server, address: server.Addr()}
}

// overWebSocket has clients in TypeScript come as browsers do.
func (w *world) overWebSocket() *world {
	w.t.Helper()
	w.address = w.server.WSURL()
	if exec.Command("node", "-e", "process.exit(globalThis.WebSocket ? 0 : 1)").Run() != nil {
		w.flags = []string{"--experimental-websocket"} // before node 22
	}
	return w
}

// serve starts a service that answers what it gets with a text.
func (w *world) serve() {
	w.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	s, err := app.Start(app.Options{Service: "echo", First: 0x8000, Last: 0x80ff, Routes: []string{w.server.RPCAddr()}}, func(c *app.Call) error {
		return app.Reply(c, &kinds.Texts{Text: string(c.Body)})
	})
	if err != nil {
		stop()
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { stop(); <-ended })
	go func() { <-ctx.Done(); ended <- s.Close(context.Background()) }()
	if err := s.Ready(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// golang connects a user of the Go SDK.
func (w *world) golang(account string) (*sdk.Client, <-chan *sdk.Message) {
	w.t.Helper()
	text, err := os.ReadFile(w.server.RootsFile())
	if err != nil {
		w.t.Fatal(err)
	}
	roots, err := secure.ParseRoots(text)
	if err != nil {
		w.t.Fatal(err)
	}
	c, err := sdk.New(sdk.Options{Address: w.server.Addr(), Roots: roots, Account: account, Password: "secret"})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = c.Close() }) // the server may be gone
	messages, err := c.Messages(10)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := c.Connect(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	return c, messages
}
