package imservice

import (
	"sync"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// intake gathers what has arrived since the sequencer last looked. Callers
// append to the newest batch under one mutex and wake the sequencer only when
// there was nothing; the sequencer takes the oldest batch whole.
type intake struct {
	limits Limits
	wake   chan struct{} // holds one wake-up

	mu      sync.Mutex
	waiting []*batch // oldest first; the last one is being filled
	weight  int      // of all waiting
	bytes   int      // of bodies of all waiting
	closed  bool
	resting []*batch // for the next use, at most maxResting
}

// maxResting is how many batches are kept: one being filled, one in each
// stage, two outstanding.
const maxResting = 5

var (
	errBusy    = &rpc.Error{Code: msgdef.CodeBusy, Detail: "too many messages are waiting"}
	errClosing = &rpc.Error{Code: msgdef.CodeShuttingDown, Detail: "the message service is shutting down"}
)

func newIntake(limits Limits) *intake {
	return &intake{limits: limits, wake: make(chan struct{}, 1)}
}

// offerSends copies items in, or takes none of them.
func (in *intake) offerSends(items []rpc.Send, sink rpc.SendSink) *rpc.Error {
	in.mu.Lock()
	first := len(in.waiting) == 0
	b, err := in.room(len(items))
	if err != nil {
		in.mu.Unlock()
		return err
	}
	before := len(b.arena)
	b.add(items, sink)
	in.bytes += len(b.arena) - before
	in.mu.Unlock()
	in.signal(first)
	return nil
}

// offerRead queues a call, whose positions become part of a commit.
func (in *intake) offerRead(call *readCall) *rpc.Error {
	in.mu.Lock()
	first := len(in.waiting) == 0
	b, err := in.room(len(call.items))
	if err != nil {
		in.mu.Unlock()
		return err
	}
	b.reads = append(b.reads, call)
	b.weight += len(call.items)
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

// room returns the batch that takes n more. The lock is held.
func (in *intake) room(n int) (*batch, *rpc.Error) {
	switch {
	case in.closed:
		return nil, errClosing
	case in.weight > 0 && in.weight+n > in.limits.WaitingMessages, in.bytes > in.limits.WaitingBytes:
		return nil, errBusy
	}
	in.weight += n
	if last := len(in.waiting) - 1; last >= 0 {
		b := in.waiting[last]
		if b.weight+n <= in.limits.CommitMessages && len(b.arena) < in.limits.CommitBytes {
			return b, nil
		}
	}
	b := in.rested()
	in.waiting = append(in.waiting, b)
	return b, nil
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
