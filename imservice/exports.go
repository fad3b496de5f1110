package imservice

import (
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// exports bounds what exports cost. Between two pages of one nothing is kept: the
// cursor has it all.
type exports struct {
	pages *throttle // by user
	begun *throttle
	slots chan struct{}

	byUsers, byOperators, done, made, bytes atomic.Uint64

	mu       sync.Mutex
	refusals map[msgdef.ErrorCode]uint64 // pages, by why not
}

func newExports(l Limits) *exports {
	return &exports{
		pages: newThrottle(l.ExportPages), begun: newThrottleOver(l.Exports, 24*time.Hour),
		slots: make(chan struct{}, exportsAtOnce), refusals: make(map[msgdef.ErrorCode]uint64),
	}
}

// charge counts a page of a user, or a beginning, or refuses it.
func (x *exports) charge(uid uint64, begins bool, now time.Time) error {
	key := fmt.Sprint(uid)
	if wait, ok := x.pages.charge(key, now); !ok {
		busy := rpc.Errorf(msgdef.CodeBusy, "too many pages of an export: try again in %s", wait)
		busy.Retry = uint32(wait.Milliseconds())
		return busy
	}
	if !begins {
		return nil
	}
	if wait, ok := x.begun.charge(key, now); !ok {
		many := rpc.Errorf(msgdef.CodeManyExports, "too many exports were begun: try again in %s", wait.Round(time.Minute))
		many.Retry = uint32(wait.Milliseconds())
		return many
	}
	return nil
}

// count counts a page.
func (x *exports) count(begins bool, page *rpc.ExportPage, begun *atomic.Uint64) {
	x.made.Add(1)
	x.bytes.Add(uint64(len(page.Lines)))
	if begins {
		begun.Add(1)
	}
	if page.Done {
		x.done.Add(1)
	}
}

// refused counts a page that there is none of, and returns why.
func (x *exports) refused(err error) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.refusals[rpc.CodeOf(err)]++
	return err
}

// refusedBy returns how often pages were refused, by why.
func (x *exports) refusedBy() map[msgdef.ErrorCode]uint64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	return maps.Clone(x.refusals)
}
