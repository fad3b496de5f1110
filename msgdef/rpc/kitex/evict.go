package kitex

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

var _ rpc.Evictor = (*Notifier)(nil)

// Evict implements rpc.Evictor for the routes of all regions, at once. In each
// region routes are asked until one has done it, which only the master can. The
// error has the code of a region where none has: CodeUnavailable also says that
// no region is known.
func (n *Notifier) Evict(ctx context.Context, in *rpc.Evictions) error {
	if err := in.Validate(); err != nil {
		return rpc.Errorf(msgdef.CodeBadArgument, "%v", err)
	}
	lanes := n.current()
	if len(lanes) == 0 {
		return rpc.Errorf(msgdef.CodeUnavailable, "no route is known")
	}
	raw := in.Append(nil)
	refusals := make([]error, len(lanes))
	var regions sync.WaitGroup
	for i, l := range lanes {
		regions.Go(func() { refusals[i] = evictAt(ctx, l.caller, raw) })
	}
	regions.Wait()
	refusals = slices.DeleteFunc(refusals, func(err error) bool { return err == nil })
	if len(refusals) == 0 {
		return nil
	}
	return rpc.Errorf(rpc.CodeOf(refusals[0]), "%v", errors.Join(refusals...))
}

// evictAt makes the call in one region.
func evictAt(ctx context.Context, c *caller, raw []byte) error {
	r := request{method: methodEvict, raw: raw, timeout: c.options.timeoutOf(methodEvict), spread: true}
	_, err := c.call(ctx, r)
	return asCaller(err)
}
