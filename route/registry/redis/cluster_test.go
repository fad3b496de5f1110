package redis_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route/registry"
	"github.com/sim-im/sim/route/registry/redis"
	"github.com/sim-im/sim/route/registry/redis/redistest"
	"github.com/sim-im/sim/route/registry/registrytest"
)

// clusterWorld is a Redis Cluster that is always there.
type clusterWorld struct {
	t     testing.TB
	nodes []*redistest.Server
	lease time.Duration
	name  string
}

func (w clusterWorld) Open() registry.Registry {
	o := redis.Options{TTL: w.lease, Prefix: w.name, Cluster: true}
	for _, n := range w.nodes {
		o.Addrs = append(o.Addrs, n.Addr())
	}
	return open(w.t, o)
}

// TestCluster runs what needs no trouble on three nodes, where a script over two
// slots, and a key asked for at the wrong node, are errors.
func TestCluster(t *testing.T) {
	redistest.Need(t)
	nodes := redistest.StartCluster(t, 3)
	n := 0
	registrytest.RunCalm(t, func(t testing.TB, lease time.Duration) registrytest.Calm {
		n++
		return clusterWorld{t, nodes, lease, fmt.Sprint("test", n)}
	})
}

// TestSentinel kills a master: what was announced stays listed, and a session
// that was written is found, at the replica.
func TestSentinel(t *testing.T) {
	redistest.Need(t)
	s := redistest.StartSentinels(t)
	r := open(t, redis.Options{Addrs: []string{s.Sentinel.Addr()}, MasterName: s.Name, TTL: 30 * time.Second})
	defer r.Close()
	gate := registry.Instance{Role: registry.Gate, Region: "default", ID: "g", Epoch: 1, Addr: "a"}
	r.Announce(gate)
	view, image := r.View(registry.Gate), r.Image(gate)
	for changed := view.Changed(); len(view.Instances()) == 0; changed = view.Changed() {
		<-changed
	}
	still := view.Changed()
	settle(t, image)
	s.Master.Kill()
	for r.Health() == nil {
		time.Sleep(time.Millisecond)
	}
	for r.Health() != nil {
		time.Sleep(time.Millisecond)
	}
	settle(t, image)
	online, err := r.Online(context.Background(), []uint64{1})
	if err != nil || len(online) != 1 {
		t.Errorf("online after the failover: %v, %v", online, err)
	}
	select {
	case <-still:
		t.Errorf("the view has changed, now to %v", view.Instances())
	default:
	}
}

// settle brings an image to one session, as a gate would: it goes on until the
// image has it.
func settle(t *testing.T, image rpc.Roster) {
	t.Helper()
	u := &rpc.RosterUpdate{Gate: "g", Epoch: 1}
	for {
		reply, err := image.Update(context.Background(), u)
		switch {
		case err != nil:
			time.Sleep(10 * time.Millisecond)
		case reply.Want == 1:
			return
		case reply.Want == 0:
			*u = rpc.RosterUpdate{Gate: "g", Epoch: 1, Snapshot: true, First: true, Last: true, Began: []rpc.Session{{UID: 1, Device: 1, Conn: 1}}}
		}
	}
}
