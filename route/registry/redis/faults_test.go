package redis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route/registry"
	"github.com/sim-im/sim/route/registry/redis/redistest"
)

// errCut is a connection that was cut.
var errCut = errors.New("cut")

// cutter is a hook that does something about the n-th round trip of a context
// that carries it: before Redis has it, or after.
type cutter struct {
	left   int
	before func() error
	after  func() error
}

type cutterKey struct{}

func (c *cutter) in(ctx context.Context) context.Context {
	return context.WithValue(ctx, cutterKey{}, c)
}

func cut(ctx context.Context, trip func() error) error {
	c, ok := ctx.Value(cutterKey{}).(*cutter)
	if !ok {
		return trip()
	}
	c.left--
	if c.left == 0 && c.before != nil {
		if err := c.before(); err != nil {
			return err
		}
	}
	err := trip()
	if c.left == 0 && c.after != nil {
		err = errors.Join(err, c.after())
	}
	return err
}

// hook implements goredis.Hook.
type hook struct{}

func (hook) DialHook(next goredis.DialHook) goredis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (hook) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, c goredis.Cmder) error {
		err := cut(ctx, func() error { return next(ctx, c) })
		if errors.Is(err, errCut) {
			c.SetErr(err)
		}
		return err
	}
}

func (hook) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, commands []goredis.Cmder) error {
		return cut(ctx, func() error { return next(ctx, commands) })
	}
}

// trips is how many round trips an update with sessions that began and ended
// has: index, began, ended, number. A snapshot has as many: begin, index, rows,
// number.
const trips = 4

// rig is a gate with one session, 1, and an update that ends it and begins 2.
type rig struct {
	*Registry
	image  rpc.Roster
	change rpc.RosterUpdate
	all    rpc.RosterUpdate // as a snapshot, with the change
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r, err := Open(Options{Addrs: []string{redistest.Start(t).Addr()}, TTL: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	r.client.AddHook(hook{})
	gate := registry.Instance{Role: registry.Gate, Region: "r", ID: "g", Epoch: 1, Addr: "x"}
	// an announcement that does not renew by itself, and so not when the test does not expect it
	r.own = append(r.own, &announcement{registry: r, instance: gate, value: "{}", nonce: draw().text()})
	one, two := rpc.Session{UID: 1, Device: 1, Conn: 1}, rpc.Session{UID: 2, Device: 1, Conn: 2}
	g := &rig{
		Registry: r, image: r.Image(gate),
		change: rpc.RosterUpdate{Gate: "g", Epoch: 1, Seq: 1, Began: []rpc.Session{two}, Ended: []rpc.Session{one}},
		all:    rpc.RosterUpdate{Gate: "g", Epoch: 1, Seq: 1, Snapshot: true, First: true, Last: true, Began: []rpc.Session{two}},
	}
	first := rpc.RosterUpdate{Gate: "g", Epoch: 1, Snapshot: true, First: true, Last: true, Began: []rpc.Session{one}}
	for reply := new(rpc.RosterReply); reply.Want != 1; {
		if reply, err = g.image.Update(context.Background(), &first); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

// finish repeats an update as a gate does, until the image is up to date.
func (g *rig) finish(t *testing.T, u rpc.RosterUpdate) {
	t.Helper()
	for range 2 * trips {
		reply, err := g.image.Update(context.Background(), &u)
		switch {
		case err != nil:
			t.Fatal(err)
		case reply.Want == 2:
			return
		case reply.Want == 0:
			u = g.all
		}
	}
	t.Fatal("the image is never up to date")
}

// check finds user 2 online and 1 not, and, after sweeping, no row of anybody
// else and no index entry without one.
func (g *rig) check(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	online, err := g.Online(ctx, []uint64{1, 2})
	if err != nil || !slices.Equal(online, []msgdef.Online{{UID: 2, Devices: 1}}) {
		t.Errorf("online %v, %v", online, err)
	}
	if _, _, err := g.Sweep(ctx, "r", 1, 500); err != nil {
		t.Error(err)
	}
	if n := g.client.Exists(ctx, g.keys.conn(1)).Val(); n != 0 {
		t.Errorf("rows of user 1 are left: %v", g.client.HGetAll(ctx, g.keys.conn(1)).Val())
	}
	if n := g.client.HLen(ctx, g.keys.conn(2)).Val(); n != 1 {
		t.Errorf("%d rows of user 2, want 1", n)
	}
	if names := g.client.SMembers(ctx, g.keys.images("r")).Val(); len(names) != 1 {
		t.Errorf("%d images after sweeping, want 1", len(names))
	}
}

// TestCutAnywhere cuts the connection at every round trip of an update and of a
// snapshot, before and after Redis has it, and repeats.
func TestCutAnywhere(t *testing.T) {
	fail := func() error { return errCut }
	for n := 1; n <= trips; n++ {
		for _, before := range []bool{false, true} {
			for _, snapshot := range []bool{false, true} {
				t.Run(fmt.Sprint("trip ", n, " before ", before, " snapshot ", snapshot), func(t *testing.T) {
					g, c := newRig(t), cutter{left: n, after: fail}
					if before {
						c.before, c.after = c.after, nil
					}
					u := g.change
					if snapshot {
						u = g.all
					}
					_, err := g.image.Update(c.in(context.Background()), &u)
					if c.left > 0 {
						t.Fatalf("it has %d round trips only", n-c.left)
					}
					if rpc.CodeOf(err) != msgdef.CodeUnavailable {
						t.Errorf("cut: %v", err)
					}
					g.finish(t, u)
					g.check(t)
				})
			}
		}
	}
}

// TestLostAnywhere loses the lease at every round trip: before any of them the
// gate was dead for a moment, and was swept.
func TestLostAnywhere(t *testing.T) {
	for n := 1; n <= trips; n++ {
		for _, snapshot := range []bool{false, true} {
			t.Run(fmt.Sprint("trip ", n, " snapshot ", snapshot), func(t *testing.T) {
				g := newRig(t)
				u := g.change
				if snapshot {
					u = g.all
				}
				c := cutter{left: n, before: func() error {
					g.client.Del(context.Background(), g.keys.lease(registry.Gate, "g"))
					_, _, err := g.Sweep(context.Background(), "r", 1, 500)
					return err
				}}
				reply, err := g.image.Update(c.in(context.Background()), &u)
				if c.left > 0 {
					t.Fatalf("it has %d round trips only", n-c.left)
				}
				if err != nil || reply.Want != 0 {
					t.Errorf("lost: %+v, %v", reply, err)
				}
				g.finish(t, u)
				g.check(t)
			})
		}
	}
}

// TestOnlineBetween replaces a gate's sessions between the round trips of Online,
// which meets rows of before and a lease of after: who was there all the time is
// online.
func TestOnlineBetween(t *testing.T) {
	g := newRig(t)
	again := g.all
	again.Began = []rpc.Session{{UID: 1, Device: 1, Conn: 1}, {UID: 2, Device: 1, Conn: 2}}
	c := cutter{left: 2, before: func() error {
		_, err := g.image.Update(context.Background(), &again)
		return err
	}}
	online, err := g.Online(c.in(context.Background()), []uint64{1})
	if err != nil || !slices.Equal(online, []msgdef.Online{{UID: 1, Devices: 1}}) {
		t.Errorf("online %v, %v", online, err)
	}
	if c.left >= 0 {
		t.Error("nothing was read once more")
	}
}
