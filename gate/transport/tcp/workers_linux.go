package tcp

import (
	"sync/atomic"

	"github.com/sim-im/sim/gate/transport"
)

// mostIdle is how many idle goroutines a loop keeps.
const mostIdle = 256

// workers are the goroutines that a loop begins readers in. Some that are done
// are kept, since their stacks have grown to what a reader needs: there are as
// many as connections had something to do at once, not as there are connections.
//
//	loop ──begin──▶ worker ──Readable──▶ idle ──begin──▶ …
//
// Only the loop takes idle ones; anybody becomes one. So a stack without a lock
// does: what the loop saw on top is still there, or covered by others.
type workers struct {
	idle   atomic.Pointer[worker] // top of the stack
	kept   atomic.Int32           // how many
	closed atomic.Bool
}

type worker struct {
	of   *workers
	work chan transport.Awaiter // has room for one
	next *worker                // below on the stack
}

// begin has a reader run. Only the loop calls it.
func (w *workers) begin(a transport.Awaiter) {
	for {
		top := w.idle.Load()
		if top == nil {
			break
		}
		if w.idle.CompareAndSwap(top, top.next) {
			w.kept.Add(-1)
			top.work <- a
			return
		}
	}
	one := &worker{of: w, work: make(chan transport.Awaiter, 1)}
	one.work <- a
	go one.run()
}

// run serves readers until there are enough idle workers.
func (w *worker) run() {
	for a := range w.work {
		a.Readable()
		if !w.of.keep(w) {
			return
		}
	}
}

// keep makes one idle, unless there are enough.
func (w *workers) keep(one *worker) bool {
	if w.kept.Load() >= mostIdle {
		return false
	}
	w.kept.Add(1)
	for {
		one.next = w.idle.Load()
		if w.idle.CompareAndSwap(one.next, one) {
			break
		}
	}
	if w.closed.Load() { // the last reader has closed the loop
		w.end()
	}
	return true
}

// close ends the workers: idle ones now, the others when they are done. The loop
// takes none any more.
func (w *workers) close() {
	w.closed.Store(true)
	w.end()
}

func (w *workers) end() {
	for one := w.idle.Swap(nil); one != nil; {
		next := one.next // before it ends
		close(one.work)
		one = next
	}
}
