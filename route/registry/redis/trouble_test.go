package redis_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route/registry"
	"github.com/sim-im/sim/route/registry/redis"
	"github.com/sim-im/sim/route/registry/redis/redistest"
)

// journal collects log lines.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

// lines returns those with a level.
func (j *journal) lines(level string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Count(j.b.String(), "level="+level)
}

// until waits for what has to come.
func until(t *testing.T, what string, come func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !come(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

// TestTold says once that Redis is away, where it would be and why, and once
// that it is back, however many look for it.
func TestTold(t *testing.T) {
	server := redistest.Prepare(t)
	var log journal
	r := open(t, redis.Options{Addrs: []string{server.Addr()}, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	defer r.Close()
	for _, id := range []string{"a", "b", "c"} {
		r.Announce(registry.Instance{Role: registry.Route, Region: "r", ID: id, Addr: "x"})
	}
	r.View(registry.Route)
	for round := 1; round <= 3; round++ {
		until(t, "refused", func() bool {
			err := r.Health()
			return err != nil && strings.Contains(err.Error(), "refused")
		})
		if err := r.Health(); !strings.Contains(err.Error(), server.Addr()) {
			t.Errorf("%v does not say where", err)
		}
		time.Sleep(300 * time.Millisecond) // several looks: more of them make the test stricter
		server.Restart()
		until(t, "reached", func() bool { return r.Health() == nil && log.lines("INFO") >= round })
		if warnings, infos := log.lines("WARN"), log.lines("INFO"); warnings != round || infos != round {
			t.Fatalf("%d warnings and %d notes in round %d:\n%s", warnings, infos, round, log.b.String())
		}
		server.Kill()
	}
}

// TestHangs has a Redis that takes connections and says nothing.
func TestHangs(t *testing.T) {
	server := redistest.Start(t)
	r := open(t, redis.Options{Addrs: []string{server.Addr()}, Timeout: 100 * time.Millisecond})
	defer r.Close()
	i := registry.Instance{Role: registry.Route, Region: "r", ID: "a", Addr: "x"}
	goes := r.Announce(i)
	view := r.View(registry.Route)
	until(t, "listed", func() bool { return len(view.Instances()) == 1 })
	still := view.Changed()
	server.Pause()
	until(t, "unhealthy", func() bool { return r.Health() != nil })
	if _, err := r.Online(context.Background(), []uint64{1}); rpc.CodeOf(err) != msgdef.CodeUnavailable {
		t.Errorf("Online: %v", err)
	}
	server.Resume()
	until(t, "healthy", func() bool { return r.Health() == nil })
	server.Pause()
	goes() // comes back although nobody listens
	server.Resume()
	select {
	case <-still:
		t.Errorf("the view has changed, now to %v", view.Instances())
	default:
	}
}

// raw returns a client of a server, to do what nobody should.
func raw(t *testing.T, server *redistest.Server) *goredis.Client {
	c := goredis.NewClient(&goredis.Options{Addr: server.Addr()})
	t.Cleanup(func() { c.Close() })
	return c
}

// TestForeign leaves out what cannot be read.
func TestForeign(t *testing.T) {
	server := redistest.Start(t)
	ctx, c := context.Background(), raw(t, server)
	for id, value := range map[string]string{
		"a": "nonsense",
		"b": `{"role":"gate","region":"r","id":"b","epoch":1}`,  // of another role
		"c": `{"role":"route","region":"r","id":"x","epoch":1}`, // of another ID
		"d": `{"role":"route","id":"d"}`,
		"e": `{"role":"route","region":"r","id":"e","rack":7}`, // with a field of a later version
	} {
		c.SAdd(ctx, "sim:members:route", id)
		c.HSet(ctx, "sim:lease:{route/"+id+"}", "instance", value)
	}
	c.HSet(ctx, "sim:conn:1", "short", "row")
	c.SAdd(ctx, "sim:images:{r}", "short")
	r := open(t, redis.Options{Addrs: []string{server.Addr()}})
	defer r.Close()
	view := r.View(registry.Route)
	until(t, "listed", func() bool { return len(view.Instances()) > 0 })
	if got := view.Instances(); len(got) != 1 || got[0].ID != "e" {
		t.Errorf("listed %v", got)
	}
	if online, err := r.Online(ctx, []uint64{1}); len(online) != 0 || err != nil {
		t.Errorf("online %v, %v", online, err)
	}
	for _, want := range []int64{1, 0} {
		if n := c.SCard(ctx, "sim:images:{r}").Val(); n != want {
			t.Errorf("%d images, want %d", n, want)
		}
		if n, more, err := r.Sweep(ctx, "r", 1, 500); n != 0 || more || err != nil {
			t.Errorf("Sweep = %d, %v, %v", n, more, err)
		}
	}
}

// TestFallenBack has a lease that says less than the image knows, as after a
// failover that lost writes: the image asks for a snapshot.
func TestFallenBack(t *testing.T) {
	server := redistest.Start(t)
	ctx, c := context.Background(), raw(t, server)
	r := open(t, redis.Options{Addrs: []string{server.Addr()}, TTL: time.Minute})
	defer r.Close()
	gate := registry.Instance{Role: registry.Gate, Region: "r", ID: "g", Epoch: 1, Addr: "x"}
	r.Announce(gate)
	image := r.Image(gate)
	wants := func(u rpc.RosterUpdate, want uint64) {
		t.Helper()
		u.Gate, u.Epoch = "g", 1
		reply, err := image.Update(ctx, &u)
		if err != nil || reply.Want != want {
			t.Fatalf("update %d: %+v, %v, want %d", u.Seq, reply, err, want)
		}
	}
	view := r.View(registry.Gate)
	until(t, "listed", func() bool { return len(view.Instances()) == 1 })
	whole := rpc.RosterUpdate{Seq: 5, Snapshot: true, First: true, Last: true}
	wants(whole, 6)
	wants(rpc.RosterUpdate{Seq: 6, Began: []rpc.Session{{UID: 1, Conn: 1}}}, 7)
	wants(rpc.RosterUpdate{Seq: 6}, 7)
	c.HSet(ctx, "sim:lease:{gate/g}", "seq", "00000000000000000005")
	wants(rpc.RosterUpdate{Seq: 6}, 0)
	wants(whole, 6)
	c.HSet(ctx, "sim:lease:{gate/g}", "current", "0123456789abcdef")
	wants(rpc.RosterUpdate{Seq: 6}, 0)
	wants(whole, 6)
	wants(rpc.RosterUpdate{Seq: 6, Began: []rpc.Session{{UID: 1, Conn: 1}}}, 7)
}

// TestSweepLock lets one sweep at a time, and none after a higher term.
func TestSweepLock(t *testing.T) {
	server := redistest.Start(t)
	ctx, c := context.Background(), raw(t, server)
	r := open(t, redis.Options{Addrs: []string{server.Addr()}})
	defer r.Close()
	c.Set(ctx, "sim:sweep:{r}", "somebody", 0)
	if _, _, err := r.Sweep(ctx, "r", 1, 500); rpc.CodeOf(err) != msgdef.CodeBusy {
		t.Errorf("a sweep beside another one: %v", err)
	}
	if got := c.Get(ctx, "sim:sweep:{r}").Val(); got != "somebody" {
		t.Errorf("somebody's lock is %q now", got)
	}
	c.Del(ctx, "sim:sweep:{r}")
	if _, _, err := r.Sweep(ctx, "r", 1, 500); err != nil {
		t.Error(err)
	}
	if n := c.Exists(ctx, "sim:sweep:{r}").Val(); n != 0 {
		t.Error("the lock was not given back")
	}
}
