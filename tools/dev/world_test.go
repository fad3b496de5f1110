package dev

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/imservice"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/secure"
)

// patience is how long a test waits for what must come. It never decides how
// something comes out, only that it does.
const patience = 60 * time.Second

// world is a server and its users, all over TCP.
type world struct {
	t      *testing.T
	opts   Options
	server *Server
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldWith(t, func(*Options) {})
}

// newWorldWith starts a server with other options.
func newWorldWith(t *testing.T, change func(*Options)) *world {
	t.Helper()
	// registered before anything else, so it runs when everything is closed
	t.Cleanup(func() { goleak.VerifyNone(t) })
	w := &world{t: t, opts: Options{
		Data: filepath.Join(t.TempDir(), "data"), Listen: closedPort(t), HTTP: "127.0.0.1:0",
		MinFree:      -1,
		PasswordCost: imservice.PasswordCost{MemoryKiB: 64, Iterations: 1, Parallelism: 1},
	}}
	change(&w.opts)
	w.start()
	t.Cleanup(func() { w.stop() })
	return w
}

// start starts the server; again at the same address after stop.
func (w *world) start() {
	w.t.Helper()
	server, err := Start(w.t.Context(), w.opts)
	if err != nil {
		w.t.Fatal(err)
	}
	w.server = server
}

func (w *world) stop() {
	w.t.Helper()
	if w.server == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := w.server.Close(ctx); err != nil {
		w.t.Errorf("close: %v", err)
	}
	w.server = nil
}

func (w *world) roots() *secure.Roots {
	w.t.Helper()
	text, err := os.ReadFile(w.server.RootsFile())
	if err != nil {
		w.t.Fatal(err)
	}
	roots, err := secure.ParseRoots(text)
	if err != nil {
		w.t.Fatal(err)
	}
	return roots
}

// options are those of a new device of a user.
func (w *world) options(name string) client.Options {
	return client.Options{
		Address: w.opts.Listen, Roots: w.roots(), Dialer: client.TCPOnly(), Account: name, Password: "secret of " + name,
		Backoff: client.Backoff{Min: 5 * time.Millisecond, Max: 50 * time.Millisecond},
	}
}

// user connects a new device of a user.
func (w *world) user(name string) *user {
	w.t.Helper()
	return w.connect(w.options(name))
}

func (w *world) connect(options client.Options) *user {
	w.t.Helper()
	u := &user{t: w.t, changed: make(chan struct{})}
	options.OnMessage, options.OnRead = u.message, u.read
	c, err := client.New(options)
	if err != nil {
		w.t.Fatal(err)
	}
	u.Client = c
	w.t.Cleanup(u.close)
	if err := c.Connect(u.ctx()); err != nil {
		w.t.Fatalf("%s: %v", options.Account, err)
	}
	return u
}

// user is a device and everything that came to it.
type user struct {
	*client.Client
	t *testing.T

	mu      sync.Mutex
	got     []*client.Message
	reads   []msgdef.ReadBy
	changed chan struct{} // closed and replaced when something comes
}

func (u *user) message(m *client.Message) {
	u.note(func() { u.got = append(u.got, m.Clone()) })
}

func (u *user) read(r msgdef.ReadBy) {
	u.note(func() { u.reads = append(u.reads, r) })
}

func (u *user) note(change func()) {
	u.mu.Lock()
	defer u.mu.Unlock()
	change()
	close(u.changed)
	u.changed = make(chan struct{})
}

// await waits until done says so, and returns the messages that came.
func (u *user) await(what string, done func() bool) []*client.Message {
	u.t.Helper()
	timeout := time.After(patience)
	for {
		u.mu.Lock()
		ok, changed, got := done(), u.changed, slices.Clone(u.got)
		u.mu.Unlock()
		if ok {
			return got
		}
		select {
		case <-changed:
		case <-timeout:
			u.t.Fatalf("%s: still waiting for %s, has %d messages", u.Account(), what, len(got))
		}
	}
}

// messages waits for n messages.
func (u *user) messages(n int) []*client.Message {
	u.t.Helper()
	return u.await(fmt.Sprint(n, " messages"), func() bool { return len(u.got) >= n })
}

func (u *user) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	u.t.Cleanup(cancel)
	return ctx
}

// send sends a text and returns when it is durable.
func (u *user) send(to uint64, text string) client.Sent {
	u.t.Helper()
	sent, err := u.Send(u.ctx(), msgdef.Pair(u.UID(), to), msgdef.ContentText, []byte(text))
	if err != nil {
		u.t.Fatalf("%s sends %q: %v", u.Account(), text, err)
	}
	return sent
}

// history returns a whole conversation, oldest first.
func (u *user) history(conv msgdef.Conversation, page int) []*client.Message {
	u.t.Helper()
	var all []*client.Message
	for before := uint64(0); ; before = all[0].CSeq {
		h, err := u.History(u.ctx(), conv, before, page)
		if err != nil {
			u.t.Fatal(err)
		}
		all = append(h.Messages, all...)
		if len(h.Messages) == 0 || all[0].CSeq == 1 {
			return all
		}
	}
}

func (u *user) close() {
	if err := u.Close(); err != nil {
		u.t.Errorf("close: %v", err)
	}
}

// bodies are the texts of messages.
func bodies(messages []*client.Message) []string {
	texts := make([]string, len(messages))
	for i, m := range messages {
		texts[i] = string(m.Body)
	}
	return texts
}
