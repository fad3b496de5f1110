package redis_test

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sim-im/sim/route/registry"
	"github.com/sim-im/sim/route/registry/redis"
	"github.com/sim-im/sim/route/registry/redis/redistest"
	"github.com/sim-im/sim/route/registry/registrytest"
)

// TestMain looks for goroutines that outlive their test. One of go-redis's may do
// so by a second: it dials a server that was away, and sleeps in between.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/redis/go-redis/v9/internal/pool.(*ConnPool).tryDial"))
}

// world gives every process its own connections to the same server.
type world struct {
	t      testing.TB
	server *redistest.Server
	lease  time.Duration
}

func (w world) Open() registry.Registry {
	return open(w.t, redis.Options{Addrs: []string{w.server.Addr()}, TTL: w.lease})
}

func (w world) Lose() { w.server.Restart() }
func (w world) Away() { w.server.Kill() }
func (w world) Back() { w.server.Restart() }

// open opens a registry that is in more of a hurry than those of a product.
func open(t testing.TB, o redis.Options) *redis.Registry {
	t.Helper()
	o.Renew, o.Poll = 100*time.Millisecond, 50*time.Millisecond
	r, err := redis.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestContract(t *testing.T) {
	redistest.Need(t)
	registrytest.Run(t, func(t testing.TB, lease time.Duration) registrytest.World {
		return world{t, redistest.Start(t), lease}
	})
}
