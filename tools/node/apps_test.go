package node

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route/app"
)

// note is a message of an application, of one byte string.
type note struct {
	kind msgdef.Type
	text string
}

func (n *note) Type() msgdef.Type        { return n.kind }
func (n *note) Append(dst []byte) []byte { return append(dst, n.text...) }
func (n *note) Validate() error          { return nil }

// guest is a device that writes down the frames of applications it gets.
type guest struct {
	*client.Client
	w       *world
	mu      sync.Mutex
	got     []string
	refused []msgdef.ErrorCode
}

// guest connects a new device of a user.
func (w *world) guest(name, addr string) *guest {
	w.t.Helper()
	g := &guest{w: w}
	c, err := client.New(client.Options{
		Address: addr, Roots: w.roots, Dialer: client.TCPOnly(), Account: name, Password: "secret of " + name,
		Backoff: client.Backoff{Min: 5 * time.Millisecond, Max: 50 * time.Millisecond},
		OnFrame: func(f client.Frame) {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.got = append(g.got, fmt.Sprintf("%04x %s", uint16(f.Type), f.Body))
		},
		OnRefused: func(r client.Refused) {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.refused = append(g.refused, r.Err.Code)
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	g.Client = c
	w.t.Cleanup(func() { _ = c.Close() })
	if err := c.Connect(w.within()); err != nil {
		w.t.Fatal(err)
	}
	return g
}

// ask sends a text and waits for one more answer, or refusal.
func (g *guest) ask(text string) {
	g.w.t.Helper()
	before := g.count()
	if _, err := client.Tell(g.Client, &note{0x8000, text}); err != nil {
		g.w.t.Fatal(err)
	}
	g.w.await("an answer", func() bool { return g.count() > before })
}

// count returns how much has come.
func (g *guest) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.got) + len(g.refused)
}

// heard checks everything that has come once n frames have.
func (g *guest) heard(want ...string) {
	g.w.t.Helper()
	g.w.await("frames", func() bool { return g.count() >= len(want) })
	g.mu.Lock()
	defer g.mu.Unlock()
	if !slices.Equal(g.got, want) || len(g.refused) > 0 {
		g.w.t.Errorf("%s got %q, want %q; refused %v", g.Account(), g.got, want, g.refused)
	}
}

// service runs a business service that answers with the text and its name.
func (w *world) service(name string, routes ...*Route) *app.Service {
	w.t.Helper()
	o := app.Options{
		Service: "notes", Instance: name, First: 0x8000, Last: 0x80ff, Renew: 50 * time.Millisecond,
		Logger: slog.New(slog.NewTextHandler(w.log, nil)),
	}
	for _, r := range routes {
		o.Routes = append(o.Routes, r.RPCAddr())
	}
	s, err := app.Start(o, func(c *app.Call) error {
		return app.Reply(c, &note{0x8001, string(c.Body) + " for " + fmt.Sprint(c.UID)})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.closes(s)
	w.await("claims", func() bool { return s.Health() == nil })
	return s
}

// TestService has a service answer and tell users at two gates, through either
// route and when one is gone, and nobody else.
func TestService(t *testing.T) {
	w := newWorld(t)
	c := w.roles()
	for _, role := range c.all() {
		w.ready(role)
	}
	s := w.service("one", c.r1, c.r2)
	alice, bob, carol := w.guest("alice", c.g1.Addr()), w.guest("bob", c.g2.Addr()), w.guest("carol", c.g2.Addr())
	alice.ask("a")
	bob.ask("b")
	w.await("sessions at both routes", func() bool { return c.r1.Stats().Sessions == 3 && c.r2.Stats().Sessions == 3 })
	for i := range 5 {
		told, err := app.Tell(w.within(), s, &note{0x8002, fmt.Sprint("note ", i)}, alice.UID(), bob.UID(), 1<<40)
		if err != nil || told.Sessions != 2 || told.Partial {
			t.Errorf("told %+v, %v", told, err)
		}
	}
	notes := []string{"8002 note 0", "8002 note 1", "8002 note 2", "8002 note 3", "8002 note 4"}
	alice.heard(append([]string{fmt.Sprint("8001 a for ", alice.UID())}, notes...)...)
	bob.heard(append([]string{fmt.Sprint("8001 b for ", bob.UID())}, notes...)...)

	w.close(c.r1)
	w.await("the loss", func() bool { return s.Health() != nil })
	carol.ask("c")
	if told, err := app.Tell(w.within(), s, &note{0x8002, "last"}, carol.UID()); err != nil || told.Sessions != 1 {
		t.Errorf("without a route: %+v, %v", told, err)
	}
	carol.heard(fmt.Sprint("8001 c for ", carol.UID()), "8002 last")
	if text := w.get("http://" + c.r2.HTTPAddr() + "/metrics"); !strings.Contains(text, "sim_route_claims 1") {
		t.Error("metrics lack the claim")
	}
}

// TestDeadService leaves routes and gates ready when a business service is gone
// without a word, and two services that race for a range with one each.
func TestDeadService(t *testing.T) {
	w := newWorld(t)
	c := w.roles()
	for _, role := range c.all() {
		w.ready(role)
	}
	for i, r := range []*Route{c.r1, c.r2} { // claims of processes that are not there
		reply, err := r.route.Claim(w.within(), &rpc.Claim{
			Service: fmt.Sprint("dead", i), Instance: "x", Addr: "127.0.0.1:1", First: 0x8000, Last: 0x80ff,
		})
		if err != nil || reply.TTL == 0 {
			t.Fatalf("%+v, %v", reply, err)
		}
	}
	g := w.guest("alice", c.g1.Addr())
	g.ask("nobody is there")
	if len(g.refused) != 1 || g.refused[0] != msgdef.CodeUnavailable {
		t.Errorf("refused %v, got %q", g.refused, g.got)
	}
	for _, role := range c.all() {
		if text := w.get("http://" + role.HTTPAddr() + "/readyz"); !strings.HasPrefix(text, "ready") {
			t.Errorf("not ready: %s", text)
		}
	}
}

// TestServiceCloses moves users to another instance when one ends in order, and
// no frame is refused.
func TestServiceCloses(t *testing.T) {
	w := newWorld(t)
	c := w.roles()
	for _, role := range c.all() {
		w.ready(role)
	}
	first, _ := w.service("one", c.r1, c.r2), w.service("two", c.r1, c.r2)
	guests := make([]*guest, 6)
	for i := range guests {
		guests[i] = w.guest(fmt.Sprint("guest", i), []string{c.g1.Addr(), c.g2.Addr()}[i%2])
		guests[i].ask("before")
	}
	var asking sync.WaitGroup
	for _, g := range guests {
		asking.Go(func() {
			for range 30 {
				g.ask("meanwhile")
			}
		})
	}
	w.close(first)
	asking.Wait()
	for _, g := range guests {
		if g.count() != 31 || len(g.refused) > 0 {
			t.Errorf("%s: %d answers, refused %v", g.Account(), len(g.got), g.refused)
		}
	}
}
