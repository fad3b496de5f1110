package kitex

import (
	"strings"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// pushes is a batch of ready frames for one epoch of a gate.
type pushes struct {
	rpc.Frames
	bytes arena
	used  bool // Epoch is set
}

// checkPushes refuses what an implementation would.
func checkPushes(in *rpc.Frames) error {
	if err := in.Validate(); err != nil {
		return rpc.Errorf(msgdef.CodeBadArgument, "%v", err)
	}
	return nil
}

// weighPushes weighs an offer.
func weighPushes(in *rpc.Frames) amount {
	a := amount{items: len(in.Items) + len(in.Moved), bytes: 8 * len(in.Moved)}
	for i := range in.Items {
		a.bytes += len(in.Items[i].Body) + len(in.Items[i].JSON)
	}
	return a
}

// room implements load.
func (b *pushes) room(in *rpc.Frames) bool {
	size := weighPushes(in)
	return (!b.used || b.Epoch == in.Epoch) &&
		len(b.Items)+len(b.Moved)+size.items <= maxFrames && len(b.bytes)+size.bytes <= mergedBytes
}

// put implements load.
func (b *pushes) put(in *rpc.Frames) {
	b.Epoch, b.used = in.Epoch, true
	for _, f := range in.Items {
		f.Body, f.JSON = b.bytes.copy(f.Body), b.bytes.copy(f.JSON)
		b.Items = append(b.Items, f)
	}
	b.Moved = append(b.Moved, in.Moved...)
}

// reset implements load.
func (b *pushes) reset() {
	clear(b.Items)
	b.Items, b.Moved, b.used = b.Items[:0], b.Moved[:0], false
	b.bytes.reset()
}

// kicks is a batch of kicks by one master for one epoch of a gate.
type kicks struct {
	rpc.Kicks
	used bool // Epoch and Term are set
}

// checkKicks refuses what an implementation would.
func checkKicks(in *rpc.Kicks) error {
	if err := in.Validate(); err != nil {
		return rpc.Errorf(msgdef.CodeBadArgument, "%v", err)
	}
	return nil
}

// weighKicks weighs an offer.
func weighKicks(in *rpc.Kicks) amount { return amount{items: len(in.Items)} }

// room implements load.
func (b *kicks) room(in *rpc.Kicks) bool {
	return (!b.used || b.Epoch == in.Epoch && b.Term == in.Term) && len(b.Items)+len(in.Items) <= maxKicks
}

// put implements load.
func (b *kicks) put(in *rpc.Kicks) {
	b.Epoch, b.Term, b.used = in.Epoch, in.Term, true
	for _, k := range in.Items {
		k.Detail = strings.Clone(k.Detail) // it may lie in memory that is used again
		b.Items = append(b.Items, k)
	}
}

// reset implements load.
func (b *kicks) reset() {
	clear(b.Items)
	b.Items, b.used = b.Items[:0], false
}
