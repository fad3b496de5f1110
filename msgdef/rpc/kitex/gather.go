package kitex

import (
	"context"
	"errors"
	"sync"
)

// load is a batch that grows by offers of type U. It owns its memory.
type load[U, B any] interface {
	*B
	room(offer U) bool // whether the offer may go behind what is in it
	put(offer U)       // copies the offer
	reset()            // empties it for the next use
}

// amount is how much something weighs.
type amount struct {
	offers int
	items  int
	bytes  int
}

// gather is natural batching: what is offered while calls are under way goes
// together in the next one. It starts a goroutine when there is something to do
// and has none otherwise.
type gather[U, B any, P load[U, B]] struct {
	flights int             // most calls at a time; with one, order holds
	bound   amount          // of items and bytes that wait
	size    func(U) amount  // of items and bytes of an offer
	fly     func(P, amount) // makes the call of a batch; the batch is used again then
	lose    func(P, amount) // is told of batches that were waiting at the end

	mu      sync.Mutex
	waiting []P // oldest first; the last one is being filled
	weights []amount
	weight  amount // of all waiting
	resting []P    // for the next use
	flying  int
	closed  bool
	quiet   []chan struct{} // closed when nothing waits or flies
}

// Errors of offers. Nothing was taken.
var (
	errFull  = errors.New("the queue is full")
	errEnded = errors.New("the queue has ended")
)

// offer copies u into the batch that goes next. A queue that is empty takes
// whatever is allowed at all.
func (g *gather[U, B, P]) offer(u U) error {
	size := g.size(u)
	size.offers = 1
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.closed:
		return errEnded
	case len(g.waiting) > 0 && (g.weight.items+size.items > g.bound.items || g.weight.bytes+size.bytes > g.bound.bytes):
		return errFull
	}
	last := len(g.waiting) - 1
	if last < 0 || !g.waiting[last].room(u) {
		g.waiting, g.weights = append(g.waiting, g.rested()), append(g.weights, amount{})
		last++
	}
	g.waiting[last].put(u)
	g.weights[last] = g.weights[last].plus(size)
	g.weight = g.weight.plus(size)
	if g.flying < g.flights {
		g.flying++
		go g.run()
	}
	return nil
}

// run makes calls until nothing waits.
func (g *gather[U, B, P]) run() {
	for b, weight := g.take(nil); b != nil; b, weight = g.take(b) {
		g.fly(b, weight)
	}
}

// take returns the oldest batch, and takes one back that has landed. It returns
// nil when nothing waits; then the caller no longer flies.
func (g *gather[U, B, P]) take(landed P) (P, amount) {
	if landed != nil {
		landed.reset()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if landed != nil && len(g.resting) <= g.flights {
		g.resting = append(g.resting, landed)
	}
	if len(g.waiting) == 0 {
		g.flying--
		g.settle()
		return nil, amount{}
	}
	b, weight := g.waiting[0], g.weights[0]
	g.weight = g.weight.minus(weight)
	n := copy(g.waiting, g.waiting[1:])
	g.waiting[n] = nil
	g.waiting, g.weights = g.waiting[:n], append(g.weights[:0], g.weights[1:]...)
	return b, weight
}

// rested returns an empty batch. The lock is held.
func (g *gather[U, B, P]) rested() P {
	n := len(g.resting) - 1
	if n < 0 {
		return new(B)
	}
	b := g.resting[n]
	g.resting[n] = nil
	g.resting = g.resting[:n]
	return b
}

// settle wakes who waits for quiet. The lock is held.
func (g *gather[U, B, P]) settle() {
	if g.flying > 0 {
		return
	}
	for _, c := range g.quiet {
		close(c)
	}
	g.quiet = nil
}

// flush waits until nothing waits or flies.
func (g *gather[U, B, P]) flush(ctx context.Context) error {
	g.mu.Lock()
	if g.flying == 0 {
		g.mu.Unlock()
		return nil
	}
	quiet := make(chan struct{})
	g.quiet = append(g.quiet, quiet)
	g.mu.Unlock()
	select {
	case <-quiet:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close refuses further offers and drops what waits. Calls under way go on.
func (g *gather[U, B, P]) close() {
	g.mu.Lock()
	g.closed = true
	waiting, weights := g.waiting, g.weights
	g.waiting, g.weights, g.weight = nil, nil, amount{}
	g.mu.Unlock()
	for i, b := range waiting {
		g.lose(b, weights[i])
	}
}

// plus is the sum.
func (a amount) plus(b amount) amount {
	return amount{a.offers + b.offers, a.items + b.items, a.bytes + b.bytes}
}

// minus is the difference.
func (a amount) minus(b amount) amount {
	return amount{a.offers - b.offers, a.items - b.items, a.bytes - b.bytes}
}
