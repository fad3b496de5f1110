package imservice

import (
	"math"
	"sync"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// intake gathers what has arrived since the sequencer last looked. Callers
// append to the newest batch under one mutex and wake the sequencer only when
// there was nothing; the sequencer takes the oldest batch whole.
type intake struct {
	limits Limits
	even   int                 // see evenCommit
	weigh  func(*rpc.Send) int // what a message costs, against one of a pair
	wake   chan struct{}       // holds one wake-up

	mu      sync.Mutex
	waiting []*batch // oldest first; the last one is being filled
	weight  int      // of all waiting
	bytes   int      // of bodies of all waiting
	closed  bool
	resting []*batch // for the next use, at most maxResting
}

// evenCommit is from how much on a commit of a store of one's own takes no more than
// half of what waits. Senders who wait for their outcomes before they go on would
// otherwise all be in one commit before long: the log has nothing to sync while it
// is built, and the sequencer nothing to build while it is synced. Of two halves one
// is built while the other is synced.
const evenCommit = 512

// maxResting is how many batches are kept: one being filled, one in each
// stage, two outstanding.
const maxResting = 5

var (
	errBusy    = &rpc.Error{Code: msgdef.CodeBusy, Detail: "too many messages are waiting"}
	errClosing = &rpc.Error{Code: msgdef.CodeShuttingDown, Detail: "the message service is shutting down"}
)

// newIntake returns the intake of a store. One that is shared is locked and asked for
// each commit, which is dearer than to wait for it: its commits are as large as can be.
func newIntake(limits Limits, shared bool, weigh func(*rpc.Send) int) *intake {
	in := &intake{limits: limits, even: evenCommit, weigh: weigh, wake: make(chan struct{}, 1)}
	if shared {
		in.even = limits.CommitMessages
	}
	return in
}

// offerSends copies items in, or takes none of them. Items that weigh more than
// a commit may are spread over several.
func (in *intake) offerSends(items []rpc.Send, sink rpc.SendSink) *rpc.Error {
	_, total := in.share(items, math.MaxInt)
	in.mu.Lock()
	if err := in.admits(total); err != nil {
		in.mu.Unlock()
		return err
	}
	first := len(in.waiting) == 0
	for len(items) > 0 {
		n, weight := len(items), total // nearly always one commit takes all
		if total > in.limits.CommitMessages {
			n, weight = in.share(items, in.limits.CommitMessages)
		}
		b := in.room(weight)
		before := len(b.arena)
		b.add(items[:n], sink)
		in.bytes += len(b.arena) - before
		items = items[n:]
	}
	in.mu.Unlock()
	in.signal(first)
	return nil
}

// share returns how many items, from the first, weigh at most most, but at least
// one, and what they weigh.
func (in *intake) share(items []rpc.Send, most int) (n, weight int) {
	for n < len(items) {
		w := in.weigh(&items[n])
		if n > 0 && weight+w > most {
			break
		}
		n, weight = n+1, weight+w
	}
	return n, weight
}

// offerRead queues a call, whose positions become part of a commit.
func (in *intake) offerRead(call *readCall) *rpc.Error {
	return in.offer(len(call.items), func(b *batch) { b.reads = append(b.reads, call) })
}

// offer has add put what weighs so much into a batch.
func (in *intake) offer(weight int, add func(*batch)) *rpc.Error {
	in.mu.Lock()
	if err := in.admits(weight); err != nil {
		in.mu.Unlock()
		return err
	}
	first := len(in.waiting) == 0
	add(in.room(weight))
	in.mu.Unlock()
	in.signal(first)
	return nil
}

// take returns the oldest batch and waits for one; nil when the intake is
// closed and empty.
func (in *intake) take() *batch {
	for {
		in.mu.Lock()
		if len(in.waiting) > 0 {
			b := in.pop()
			in.mu.Unlock()
			return b
		}
		closed := in.closed
		in.mu.Unlock()
		if closed {
			return nil
		}
		<-in.wake
	}
}

// close refuses what comes from now on; what is waiting stays.
func (in *intake) close() {
	in.mu.Lock()
	in.closed = true
	in.mu.Unlock()
	in.signal(true)
}

// recycle takes a delivered batch back.
func (in *intake) recycle(b *batch) {
	b.reset()
	in.mu.Lock()
	if len(in.resting) < maxResting {
		in.resting = append(in.resting, b)
	}
	in.mu.Unlock()
}

// backlog returns how many messages and read positions wait.
func (in *intake) backlog() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.weight
}

func (in *intake) signal(needed bool) {
	if !needed {
		return
	}
	select {
	case in.wake <- struct{}{}:
	default: // a wake-up is under way already
	}
}

// admits returns nil when what weighs n more may wait. The lock is held.
func (in *intake) admits(n int) *rpc.Error {
	switch {
	case in.closed:
		return errClosing
	case in.weight > 0 && in.weight+n > in.limits.WaitingMessages, in.bytes > in.limits.WaitingBytes:
		return errBusy
	}
	return nil
}

// room returns the batch that takes n more. The lock is held.
func (in *intake) room(n int) *batch {
	in.weight += n
	if last := len(in.waiting) - 1; last >= 0 {
		b := in.waiting[last]
		if b.weight+n <= in.most() && len(b.arena) < in.limits.CommitBytes {
			b.weight += n
			return b
		}
	}
	b := in.rested()
	b.weight = n
	in.waiting = append(in.waiting, b)
	return b
}

// most is how much a commit takes, as much as waits now. The lock is held.
func (in *intake) most() int {
	return min(max(in.even, in.weight/2), in.limits.CommitMessages)
}

func (in *intake) pop() *batch {
	b := in.waiting[0]
	n := copy(in.waiting, in.waiting[1:])
	in.waiting[n] = nil
	in.waiting = in.waiting[:n]
	in.weight -= b.weight
	in.bytes -= len(b.arena)
	return b
}

func (in *intake) rested() *batch {
	n := len(in.resting) - 1
	if n < 0 {
		return &batch{fresh: make(map[clientMessage]int)}
	}
	b := in.resting[n]
	in.resting[n] = nil
	in.resting = in.resting[:n]
	return b
}
