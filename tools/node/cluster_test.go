package node

import (
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/imservice"
	"github.com/sim-im/sim/imservice/store/pebble"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route/registry"
	"github.com/sim-im/sim/route/registry/redis/redistest"
)

// redisWorld is a world whose registry is in a redis-server of its own, which
// does not run yet.
func redisWorld(t *testing.T) (*world, *redistest.Server) {
	w := newWorld(t)
	server := redistest.Prepare(t)
	w.reg = func() (registry.Registry, Redis) { return nil, Redis{URL: "redis://" + server.Addr()} }
	return w, server
}

// roles is a cluster of two gates and two routes.
type roles struct {
	service *IMService
	r1, r2  *Route
	g1, g2  *Gate
}

func (w *world) roles() roles {
	w.t.Helper()
	return roles{w.imservice("m1"), w.route("r1"), w.route("r2"), w.gate("g1"), w.gate("g2")}
}

func (r roles) all() []*Process {
	return []*Process{r.service.Process, r.r1.Process, r.r2.Process, r.g1.Process, r.g2.Process}
}

// TestCluster has two users at two gates write to each other.
func TestCluster(t *testing.T) {
	w := newWorld(t)
	c := w.roles()
	for _, role := range c.all() {
		w.ready(role)
		<-role.Ready()
	}
	alice, bob := w.user("alice", c.g1.Addr()), w.user("bob", c.g2.Addr())
	w.talk(alice, bob, 20)
	for _, want := range []string{
		"msg=send role=gate id=g1 gate=g1 conn=1 uid=1 device=", "msg=message role=imservice id=m1 uid=1 device=",
		`msg="send answered" role=gate id=g1 gate=g1 conn=1 counter=`, `msg="message delivered" role=gate id=g2 gate=g2 conn=1 useq=1`,
	} {
		if !strings.Contains(w.log.String(), want) {
			t.Errorf("a message cannot be followed in the log: it lacks %s", want)
		}
	}
	_, first := c.r1.Master()
	_, second := c.r2.Master()
	if first == second {
		t.Errorf("masters: %v and %v, want one", first, second)
	}
	for _, want := range []string{"sim_gate_sessions 1", "sim_gate_images 3", "sim_gate_behind_images 0", "sim_gate_route_calls_total", "sim_gate_rpc_calls_total", `sim_gate_registry_refusals_total{reason="stale_epoch"} 0`} {
		if text := w.get("http://" + c.g1.HTTPAddr() + "/metrics"); !strings.Contains(text, want) {
			t.Errorf("a gate's metrics lack %q", want)
		}
	}
	for role, want := range map[*Process]string{
		c.r1.Process: "sim_route_gate_items_total", c.service.Process: "sim_imservice_notify_batches_total",
	} {
		if text := w.get("http://" + role.HTTPAddr() + "/metrics"); !strings.Contains(text, want) {
			t.Errorf("%s: metrics lack %q", role.role, want)
		}
	}
}

// TestQUIC serves the same port number over UDP.
func TestQUIC(t *testing.T) {
	w := newWorld(t)
	w.imservice("m1")
	w.route("r1")
	g := w.gate("g1")
	w.ready(g)
	w.dialer = client.QUICOnly(w.roots)
	alice := w.user("alice", g.Addr())
	w.dialer = client.TCPOnly()
	bob := w.user("bob", g.Addr())
	w.talk(alice, bob, 3)
}

// TestRedisAbsent starts everything before Redis, and takes it away later.
func TestRedisAbsent(t *testing.T) {
	w, server := redisWorld(t)
	c := w.roles()
	for _, role := range c.all() {
		w.readyz(role.HTTPAddr(), "registry: redis "+server.Addr()+": ")
		w.readyz(role.HTTPAddr(), "connection refused")
	}
	server.Restart()
	for _, role := range c.all() {
		w.ready(role)
	}
	alice, bob := w.user("alice", c.g1.Addr()), w.user("bob", c.g2.Addr())
	w.talk(alice, bob, 3)

	server.Kill()
	for _, role := range c.all() {
		w.readyz(role.HTTPAddr(), "registry: redis "+server.Addr()+": ")
	}
	w.talk(alice, bob, 3) // who is there stays known
	w.user("carol", c.g1.Addr())

	server.Restart() // empty
	for _, role := range c.all() {
		w.ready(role)
	}
	w.talk(alice, bob, 3)
	dave := w.user("dave", c.g2.Addr())
	w.talk(alice, dave, 3)
	if text := w.log.String(); strings.Count(text, "msg=gone") != 0 {
		t.Error("somebody was taken for gone because Redis had forgotten")
	}
}

// TestRouteAbsent has a gate refuse logins until there is a route, and serve
// on when one of two is gone.
func TestRouteAbsent(t *testing.T) {
	w := newWorld(t)
	g := w.gate("g1")
	w.readyz(g.HTTPAddr(), "route: unavailable: no route is known")
	early := w.stranger("alice", g.Addr())
	if err := early.Connect(w.within()); err == nil || !strings.Contains(err.Error(), "no route is known") {
		t.Fatalf("a login without a route: %v", err)
	}

	r1 := w.route("r1")
	w.readyz(r1.HTTPAddr(), "imservice: no ")
	w.imservice("m1")
	w.ready(r1)
	w.ready(g)
	alice, bob := w.user("alice", g.Addr()), w.user("bob", g.Addr())
	w.talk(alice, bob, 3)

	r2 := w.route("r2")
	w.await("the second route", func() bool { return r2.Stats().Sessions == 2 })
	w.close(r1)
	w.talk(alice, bob, 3)
	w.user("carol", g.Addr())
}

// TestIMServiceRestarts sends on after a message service was away, at another
// address then.
func TestIMServiceRestarts(t *testing.T) {
	w := newWorld(t)
	data := t.TempDir()
	first := w.imserviceAt("m1", data)
	r := w.route("r1")
	g := w.gate("g1")
	w.ready(g)
	alice, bob := w.user("alice", g.Addr()), w.user("bob", g.Addr())
	w.talk(alice, bob, 3)
	w.close(first)
	w.readyz(r.HTTPAddr(), "imservice: no ")
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		alice.writes(bob, "meanwhile")
	}()
	w.ready(w.imserviceAt("m1", data))
	<-sent
	bob.reads("meanwhile")
	w.talk(alice, bob, 3)
}

// TestUntold has a message service die between storing a message and telling of
// it. The next one makes gates look.
func TestUntold(t *testing.T) {
	w := newWorld(t)
	data := t.TempDir()
	first := w.imserviceAt("m1", data)
	w.route("r1")
	g := w.gate("g1")
	w.ready(g)
	alice, bob := w.user("alice", g.Addr()), w.user("bob", g.Addr())
	w.talk(alice, bob, 3)
	w.close(first)
	w.storesOnly(data, &rpc.Send{
		UID: alice.UID(), Device: 77, Counter: 1,
		Conv: msgdef.Pair(alice.UID(), bob.UID()), Kind: msgdef.ContentText, Body: []byte("untold"),
	})
	w.imserviceAt("m1", data)
	bob.reads("untold")
}

// storesOnly stores a message and tells nobody.
func (w *world) storesOnly(data string, message *rpc.Send) {
	w.t.Helper()
	store, err := pebble.Open(pebble.Options{Dir: filepath.Join(data, "store"), MinFree: -1})
	if err != nil {
		w.t.Fatal(err)
	}
	defer store.Close()
	s, err := imservice.New(imservice.Options{Store: store})
	if err != nil {
		w.t.Fatal(err)
	}
	s.Start(nil)
	if err := s.Send(w.within(), &rpc.Sends{Items: []rpc.Send{*message}}, stored(func(r rpc.SendResult) {
		if r.Code != msgdef.CodeOK {
			w.t.Errorf("not stored: %v", r.Code)
		}
	})); err != nil {
		w.t.Fatal(err)
	}
	if err := s.Close(w.within()); err != nil {
		w.t.Fatal(err)
	}
}

// stored hears what became of a message.
type stored func(rpc.SendResult)

// Sent implements rpc.SendSink.
func (f stored) Sent(r *rpc.SendResults) { f(r.Items[0]) }

// TestGateCloses moves clients to where they can go, and is forgotten.
func TestGateCloses(t *testing.T) {
	w := newWorld(t)
	c := w.roles()
	for _, role := range c.all() {
		w.ready(role)
	}
	alice, bob := w.user("alice", c.g1.Addr()), w.user("bob", c.g2.Addr())
	w.talk(alice, bob, 3)
	w.close(c.g2)
	if n := c.g2.Stats().Sessions; n != 0 {
		t.Errorf("%d sessions are left", n)
	}
	w.await("routes to forget the gate", func() bool {
		return c.r1.Stats().Gates == 1 && c.r2.Stats().Gates == 1 && c.r1.Stats().Sessions == 1 && c.r2.Stats().Sessions == 1
	})
	again := w.user("dave", c.g1.Addr())
	w.talk(alice, again, 3)
}

// TestCloseWithoutRedis stops in time though Redis does not answer.
func TestCloseWithoutRedis(t *testing.T) {
	w, server := redisWorld(t)
	server.Restart()
	c := w.roles()
	for _, role := range c.all() {
		w.ready(role)
	}
	alice, bob := w.user("alice", c.g1.Addr()), w.user("bob", c.g2.Addr())
	w.talk(alice, bob, 1)
	server.Pause()
	w.talk(alice, bob, 1)
	var all sync.WaitGroup
	for _, role := range []closer{c.g1, c.g2, c.r1, c.r2, c.service} {
		all.Go(func() { w.close(role) })
	}
	all.Wait()
}
