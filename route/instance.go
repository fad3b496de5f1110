package route

import (
	"hash/fnv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// Bounds of the use of an instance.
const (
	maxHandles   = 256             // calls under way
	suspectPause = 2 * time.Second // how long one that was not reached is asked last
)

// instance is a process of a business service.
type instance struct {
	claim rpc.Claim // what it said last; replaced under the lock of claims
	until time.Duration
	seed  uint64 // of its weight
	app   rpc.Application
	end   func()

	suspect atomic.Int64 // until when it is asked last, by the route's clock

	over chan struct{} // closed when it is gone and the last call has ended

	mu    sync.Mutex
	calls int
	gone  bool // nothing new goes there; the last call that ends closes it
}

// Why a call does not begin.
var (
	errRetired  = &rpc.Error{Code: msgdef.CodeUnavailable, Detail: "the instance has just gone", Undone: true}
	errHandling = &rpc.Error{Code: msgdef.CodeBusy, Retry: busyRetry, Detail: "too many calls are under way"}
)

// newInstance returns an instance that app reaches.
func newInstance(c rpc.Claim, app rpc.Application, end func()) *instance {
	h := fnv.New64a()
	_, _ = h.Write([]byte(c.Instance))
	return &instance{claim: c, seed: h.Sum64(), app: app, end: end, over: make(chan struct{})}
}

// serves reports whether a claim covers a type.
func serves(c *rpc.Claim, t uint16) bool { return c.First <= t && t <= c.Last }

// weight is the instance's for a user, the same at every route: the highest
// gets the frames (rendezvous hashing).
func (in *instance) weight(uid uint64) uint64 {
	x := in.seed ^ uid*0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// enter begins a call, or returns why not.
func (in *instance) enter() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	switch {
	case in.gone:
		return errRetired
	case in.calls >= maxHandles:
		return errHandling
	}
	in.calls++
	return nil
}

// leave ends what enter began.
func (in *instance) leave() {
	in.mu.Lock()
	in.calls--
	last := in.gone && in.calls == 0
	in.mu.Unlock()
	if last {
		in.finish()
	}
}

// retire lets the calls under way end, and nothing new begin.
func (in *instance) retire() {
	in.mu.Lock()
	last := !in.gone && in.calls == 0
	in.gone = true
	in.mu.Unlock()
	if last {
		in.finish()
	}
}

// finish is the end of the last call.
func (in *instance) finish() {
	in.end()
	close(in.over)
}
