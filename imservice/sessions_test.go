package imservice

import (
	"context"
	"errors"
	"sync"

	"github.com/sim-im/sim/msgdef/rpc"
)

// regions are the routes of all regions as evictions see them: they know live
// sessions and end them.
type regions struct {
	mu    sync.Mutex
	live  map[rpc.Session]bool
	ended []ending
	calls int
	fail  error // what Evict returns instead
}

// ending is a session that was ended.
type ending struct {
	rpc.Session
	why rpc.Eviction
}

var errFar = errors.New("the other side of the sea does not answer")

func newRegions() *regions { return &regions{live: map[rpc.Session]bool{}} }

func (r *regions) register(s rpc.Session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.live[s] = true
}

// Evict implements rpc.Evictor.
func (r *regions) Evict(_ context.Context, batch *rpc.Evictions) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	if r.fail != nil {
		return r.fail
	}
	for _, e := range batch.Items {
		for s := range r.live {
			if s.UID == e.UID && (e.Device == 0 || e.Device == s.Device) && s.Generation < e.Generation &&
				(e.Gate == "" || s.Conn != e.Conn) {
				delete(r.live, s)
				r.ended = append(r.ended, ending{s, e})
			}
		}
	}
	return nil
}

func (r *regions) breakDown(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fail = err
}

// sees returns how many sessions live, how many were ended, and after how many
// calls.
func (r *regions) sees() (live, ended, calls int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.live), len(r.ended), r.calls
}

// called waits for so many calls since the start.
func (r *regions) called(n int) {
	eventually(func() bool { _, _, calls := r.sees(); return calls >= n })
}

// withRegions is a world with routes.
func withRegions(r *regions) func(*Options) { return func(o *Options) { o.Evictor = r } }
