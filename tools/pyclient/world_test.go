package pyclient

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	sdk "github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/imservice"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/secure"
	"github.com/sim-im/sim/tools/dev"
)

// patience is how long a test waits for what must come. It never decides how
// something comes out, only that it does.
const patience = 60 * time.Second

// world is a server, with users in Go and in Python.
type world struct {
	t      *testing.T
	server *dev.Server
}

// newWorld starts a server that admits all suites, or what change makes of it.
func newWorld(t *testing.T, change ...func(*dev.Options)) *world {
	t.Helper()
	python(t) // before anything is started
	t.Cleanup(func() { goleak.VerifyNone(t) })
	options := dev.Options{
		Data: filepath.Join(t.TempDir(), "data"), Listen: "127.0.0.1:0", MinFree: -1, AdmitClassical: true,
		PasswordCost: imservice.PasswordCost{MemoryKiB: 64, Iterations: 1, Parallelism: 1},
	}
	for _, c := range change {
		c(&options)
	}
	server, err := dev.Start(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := server.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return &world{t, server}
}

// python starts a client in Python.
func (w *world) python(account string, args ...string) *client {
	w.t.Helper()
	return drive(w.t, append([]string{
		"--server", w.server.Addr(), "--roots", w.server.RootsFile(), "--account", account, "--password", "secret of " + account,
	}, args...)...)
}

// online is python, and waits for the login.
func (w *world) online(account string, args ...string) *client {
	w.t.Helper()
	c := w.python(account, args...)
	e := c.expect("online")
	c.uid = uint64(e.number("uid"))
	if e.text("account") != account || e.text("gate") == "" {
		w.t.Errorf("online as %v", e)
	}
	return c
}

// user is a device that uses the Go SDK.
type user struct {
	*sdk.Client
	t        *testing.T
	messages <-chan *sdk.Message
	reads    chan msgdef.ReadBy
}

func (w *world) golang(account string) *user {
	w.t.Helper()
	text, err := os.ReadFile(w.server.RootsFile())
	if err != nil {
		w.t.Fatal(err)
	}
	roots, err := secure.ParseRoots(text)
	if err != nil {
		w.t.Fatal(err)
	}
	u := &user{t: w.t, reads: make(chan msgdef.ReadBy, 100)}
	u.Client, err = sdk.New(sdk.Options{
		Address: w.server.Addr(), Roots: roots, Dialer: sdk.TCPOnly(), Account: account, Password: "secret of " + account,
		OnRead: func(r msgdef.ReadBy) { u.reads <- r },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := u.Close(); err != nil {
			w.t.Errorf("close: %v", err)
		}
	})
	if u.messages, err = u.Messages(100); err != nil {
		w.t.Fatal(err)
	}
	if err := u.Connect(u.ctx()); err != nil {
		w.t.Fatalf("%s: %v", account, err)
	}
	return u
}

func (u *user) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	u.t.Cleanup(cancel)
	return ctx
}

// say sends texts in order, each durable before the next.
func (u *user) say(to uint64, texts ...string) {
	u.t.Helper()
	for _, text := range texts {
		if _, err := u.Send(u.ctx(), msgdef.Pair(u.UID(), to), msgdef.ContentText, []byte(text)); err != nil {
			u.t.Fatalf("send %q: %v", text, err)
		}
	}
}

// hear waits for the next message.
func (u *user) hear() *sdk.Message {
	u.t.Helper()
	select {
	case m := <-u.messages:
		return m
	case <-u.ctx().Done():
		u.t.Fatal("no message came")
		return nil
	}
}

// suite names one for the command line.
func suite(s secure.Suite) []string { return []string{"--suite", strconv.Itoa(int(s))} }
