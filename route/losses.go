package route

import (
	"cmp"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// lossLogSpacing is the least time between two log lines about losses: a gate
// that is down fails with every batch.
const lossLogSpacing = 10 * time.Second

// Loss is how often a call to gates lost what it carried, by reason.
type Loss struct {
	Call  string           // "deliver", "push" or "kick"
	Code  msgdef.ErrorCode // of the gate's answer
	Calls uint64
	Items uint64
}

// lossReason is the label of a counter.
type lossReason struct {
	call string
	code msgdef.ErrorCode
}

// losses counts what gates did not take, and logs it now and then.
type losses struct {
	logger *slog.Logger
	now    func() time.Time

	mu     sync.Mutex
	counts map[lossReason]Loss
	logged time.Time
	silent int // losses since then
}

// open makes l ready.
func (l *losses) open(logger *slog.Logger, now func() time.Time) {
	l.logger, l.now = logger, now
	l.counts = make(map[lossReason]Loss)
}

// note counts the items of a call that failed; nil is no failure.
func (l *losses) note(g *gate, call string, items int, err error) {
	if err == nil {
		return
	}
	reason := lossReason{call, rpc.CodeOf(err)}
	now := l.now()
	l.mu.Lock()
	c := l.counts[reason]
	l.counts[reason] = Loss{Call: call, Code: reason.code, Calls: c.Calls + 1, Items: c.Items + uint64(items)}
	silent := l.silent
	l.silent++
	quiet := !l.logged.IsZero() && now.Sub(l.logged) < lossLogSpacing
	if !quiet {
		l.logged, l.silent = now, 0
	}
	l.mu.Unlock()
	if !quiet {
		l.logger.Warn("a gate did not take what was for it",
			"gate", g.id, "call", call, "items", items, "error", err, "unlogged", silent)
	}
}

// snapshot returns the counters in a fixed order.
func (l *losses) snapshot() []Loss {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.SortedFunc(maps.Values(l.counts), func(a, b Loss) int {
		return cmp.Or(cmp.Compare(a.Call, b.Call), cmp.Compare(a.Code, b.Code))
	})
}
