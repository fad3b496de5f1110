package node

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/imservice"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/secure"
	"github.com/sim-im/sim/route/registry"
	"github.com/sim-im/sim/route/registry/memory"
	"github.com/sim-im/sim/tools/keys"
)

// patience is how long a test waits for what must come. It never decides how
// something comes out, only that it does.
const patience = 60 * time.Second

// world is where a cluster lives in this process: real Kitex, real sockets,
// and a registry of which each role has its own end.
type world struct {
	t     *testing.T
	keys  keys.Folder
	roots *secure.Roots
	reg   func() (registry.Registry, Redis) // what the next role is told
	log   *transcript

	certifies *authority // of the next roles; nil for plain calls

	dialer transport.Dialer // of the next users; TCP at first
}

// transcript is what all roles log.
type transcript struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *transcript) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *transcript) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// newWorld returns a world without roles, whose registry is in memory.
func newWorld(t *testing.T) *world {
	t.Helper()
	// registered before anything else, so it runs when everything is closed
	t.Cleanup(func() { goleak.VerifyNone(t) })
	w := &world{t: t, keys: keys.Folder{Dir: t.TempDir()}, log: &transcript{}, dialer: client.TCPOnly()}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(w.log.String())
		}
	})
	if err := w.keys.Make(); err != nil {
		t.Fatal(err)
	}
	_, roots, err := w.keys.Root()
	if err != nil {
		t.Fatal(err)
	}
	w.roots = roots
	if _, err := w.keys.TicketKeys(); err != nil {
		t.Fatal(err)
	}
	shared := memory.New()
	t.Cleanup(func() { _ = shared.Close() })
	w.reg = func() (registry.Registry, Redis) {
		end := shared.Join()
		t.Cleanup(func() { _ = end.Close() })
		return end, Redis{}
	}
	return w
}

func (w *world) common(id string) Common {
	r, redis := w.reg()
	var own Credentials
	if w.certifies != nil {
		own = w.certifies.certify(w.t, PeerName)
	}
	return Common{
		TLS: own,
		ID:  id, HTTP: "127.0.0.1:0", RPC: "127.0.0.1:0", Registry: r, Redis: redis,
		Settle: 10 * time.Millisecond,
		Logger: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

// closer is a role that runs.
type closer interface{ Close(context.Context) error }

// closes ends a role with the test, unless the test does.
func (w *world) closes(role closer) {
	w.t.Cleanup(func() { w.close(role) })
}

func (w *world) close(role closer) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := role.Close(ctx); err != nil {
		w.t.Errorf("close: %v", err)
	}
}

func (w *world) gateOptions(id string) GateOptions {
	o := GateOptions{
		Common: w.common(id), Listen: "127.0.0.1:0", PublicPresence: true, TicketKeys: w.keys.TicketKeysFile(),
		Key: keys.FromRoot(w.keys.RootKeyFile(), id, nil),
	}
	o.Times.GoAway = 200 * time.Millisecond
	return o
}

func (w *world) gate(id string) *Gate {
	w.t.Helper()
	g, err := StartGate(w.t.Context(), w.gateOptions(id))
	if err != nil {
		w.t.Fatal(err)
	}
	w.closes(g)
	return g
}

func (w *world) route(id string) *Route {
	w.t.Helper()
	r, err := StartRoute(w.t.Context(), RouteOptions{Common: w.common(id)})
	if err != nil {
		w.t.Fatal(err)
	}
	w.closes(r)
	return r
}

func (w *world) imservice(id string) *IMService {
	w.t.Helper()
	return w.imserviceAt(id, w.t.TempDir())
}

func (w *world) imserviceAt(id, data string) *IMService {
	w.t.Helper()
	o := IMServiceOptions{
		Common: w.common(id), Data: filepath.Join(data, "store"), MinFree: -1, OpenRegistration: true,
		Password: imservice.PasswordCost{MemoryKiB: 64, Iterations: 1, Parallelism: 1},
	}
	s, err := StartIMService(w.t.Context(), o)
	if err != nil {
		w.t.Fatal(err)
	}
	w.closes(s)
	return s
}

// ready waits until a role has what it needs.
func (w *world) ready(role interface {
	HTTPAddr() string
	Failed() <-chan struct{}
	Err() error
}) {
	w.t.Helper()
	w.readyz(role.HTTPAddr(), "^ready")
}

// readyz waits until /readyz has a text; one that begins with ^ is to begin so.
func (w *world) readyz(addr, want string) {
	w.t.Helper()
	start, anchored := strings.CutPrefix(want, "^")
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		text := w.get("http://" + addr + "/readyz")
		if !anchored && strings.Contains(text, want) || anchored && strings.HasPrefix(text, start) {
			return
		}
		if time.Now().After(end) {
			w.t.Fatalf("still waiting for %q, /readyz says:\n%s", want, text)
		}
	}
}

func (w *world) get(url string) string {
	w.t.Helper()
	plain := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	answer, err := plain.Get(url)
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// await waits until something holds.
func (w *world) await(what string, holds func() bool) {
	w.t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatal("still waiting for " + what)
		}
	}
}

// user is a device of a user and what came to it.
type user struct {
	*client.Client
	w   *world
	got chan string
}

// user connects a new device.
func (w *world) user(name, addr string) *user {
	w.t.Helper()
	u := w.stranger(name, addr)
	if err := u.Connect(w.within()); err != nil {
		w.t.Fatalf("%s: %v", name, err)
	}
	return u
}

// stranger is a device that is not connected yet.
func (w *world) stranger(name, addr string) *user {
	w.t.Helper()
	u := &user{w: w, got: make(chan string, 1000)}
	c, err := client.New(client.Options{
		Address: addr, Roots: w.roots, Account: name, Password: "secret of " + name, Dialer: w.dialer,
		Backoff:   client.Backoff{Min: 5 * time.Millisecond, Max: 50 * time.Millisecond},
		Heartbeat: 9 * time.Minute, // so that no heartbeat heals what tests wait for
		OnMessage: func(m *client.Message) { u.got <- string(m.Body) },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	u.Client = c
	w.t.Cleanup(func() { _ = c.Close() })
	return u
}

func (w *world) within() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	w.t.Cleanup(cancel)
	return ctx
}

// writes sends a text and waits until it is durable.
func (u *user) writes(to *user, text string) {
	u.w.t.Helper()
	if _, err := u.Send(u.w.within(), msgdef.Pair(u.UID(), to.UID()), msgdef.ContentText, []byte(text)); err != nil {
		u.w.t.Fatalf("%s sends %q: %v", u.Account(), text, err)
	}
}

// reads waits for a text as the next message.
func (u *user) reads(want string) {
	u.w.t.Helper()
	select {
	case got := <-u.got:
		if got != want {
			u.w.t.Fatalf("%s got %q, want %q", u.Account(), got, want)
		}
	case <-time.After(patience):
		u.w.t.Fatalf("%s: still waiting for %q", u.Account(), want)
	}
}

// talk has two users write to each other.
func (w *world) talk(alice, bob *user, n int) {
	w.t.Helper()
	for i := range n {
		alice.writes(bob, fmt.Sprint("to bob ", i))
		bob.reads(fmt.Sprint("to bob ", i))
		bob.writes(alice, fmt.Sprint("to alice ", i))
		alice.reads(fmt.Sprint("to alice ", i))
	}
}
