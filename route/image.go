package route

import (
	"sync"
	"sync/atomic"

	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route/registry"
)

// image is what a route knows about how its sessions of a gate's process
// compare to the original.
//
// While the parts of a snapshot come in, the table has what it had and what
// began: sessions that are named get the snapshot's number as their mark, and
// those without it go with the last part.
type image struct {
	mu       sync.Mutex
	sequence registry.Sequence
	least    uint64 // number that an update must have to matter
	seen     uint64 // highest number that came
	snapshot uint64 // number of the last snapshot that began: the mark

	synced atomic.Bool  // everything up to seen is in the table
	heard  atomic.Int64 // when, as a time.Duration on the server's clock
}

// stale reports whether an update was overtaken: by a later one, or by a
// snapshot that began later and knows better. The lock is held.
func (im *image) stale(u *rpc.RosterUpdate) bool {
	last, whole := im.sequence.Last()
	again := u.Snapshot && whole && u.Seq == last
	return u.Seq < im.least || again
}

// judge says what to do with an update that is not stale. The lock is held.
func (im *image) judge(u *rpc.RosterUpdate) (registry.Action, rpc.RosterReply) {
	im.seen = max(im.seen, u.Seq)
	action, reply := im.sequence.Judge(u)
	if action == registry.Part && u.First {
		im.snapshot = u.Seq
	}
	return action, reply
}

// want returns what the image wants next. The lock is held.
func (im *image) want() rpc.RosterReply {
	_, reply := im.sequence.Judge(&rpc.RosterUpdate{})
	return reply
}

// done notes that an update was applied. The lock is held.
func (im *image) done(u *rpc.RosterUpdate) rpc.RosterReply {
	reply := im.sequence.Done(u)
	im.least = max(im.least, u.Seq)
	return reply
}

// settle notes whether the image has everything, and when the gate was heard
// of last. The lock is held.
func (im *image) settle(now int64) {
	last, whole := im.sequence.Last()
	im.synced.Store(whole && last >= im.seen)
	im.heard.Store(now)
}
