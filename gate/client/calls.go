package client

import (
	"context"
	"maps"
	"slices"

	"github.com/sim-im/sim/msgdef/frame"
)

// calls are the requests that wait for an answer, by their Req. They only
// read, so one whose connection is lost is asked once more on the next.
type calls struct {
	newest uint64 // Req used last
	most   int
	open   map[uint64]*call
}

// call is a request. Only who takes it out of open ends it.
type call struct {
	ask   func(req uint64) frame.Message // makes the request, and forgets a partial answer
	take  func(answer any) (last bool, err error)
	tries int

	deletes bool          // it asks for the end of the account
	done    chan struct{} // closed after err is set
	err     error
}

func newCalls(most int) calls { return calls{most: most, open: make(map[uint64]*call)} }

// request returns a Req that was not used before.
func (k *calls) request() uint64 {
	k.newest++
	return k.newest
}

// remove takes a request out; nil when it is gone.
func (k *calls) remove(req uint64) *call {
	q := k.open[req]
	delete(k.open, req)
	return q
}

// put asks on a link.
func (q *call) put(l *link, req uint64) {
	q.tries++
	l.add(q.ask(req))
}

func (q *call) finish(err error) {
	q.err = err
	close(q.done)
}

// resend asks on a new link what the old one did not answer, in order.
func (k *calls) resend(l *link) {
	for _, req := range slices.Sorted(maps.Keys(k.open)) {
		k.open[req].put(l, req)
	}
}

// maxTries is on how many connections a request is asked.
const maxTries = 2

// lost ends those that had their second connection.
func (k *calls) lost() {
	for req, q := range k.open {
		if q.tries >= maxTries {
			k.remove(req).finish(ErrDisconnected)
		}
	}
}

// drain ends all of them.
func (k *calls) drain(err error) {
	for req := range k.open {
		k.remove(req).finish(err)
	}
}

// call asks the server and waits: for an answer, for a connection if there is
// none, but not beyond ctx. take is called with each frame of the answer, on
// the goroutine that reads; its effects may be used when call returns nil.
func (c *Client) call(ctx context.Context, q *call) error {
	if c.edge.codec != nil {
		if err := c.edge.speakable(q.ask(0)); err != nil {
			return err
		}
	}
	q.done = make(chan struct{})
	req, err := c.openCall(q)
	if err != nil {
		return err
	}
	select {
	case <-q.done:
		return q.err
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls.remove(req)
	return ctx.Err()
}

func (c *Client) openCall(q *call) (req uint64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.alive(); err != nil {
		return 0, err
	}
	if len(c.calls.open) >= c.calls.most {
		return 0, ErrQueueFull
	}
	req = c.calls.request()
	c.calls.open[req] = q
	if l := c.link; l != nil {
		q.put(l, req)
		l.flush(&c.mu, c.opts.Now())
	}
	return req, nil
}

// answer gives a frame to who asked. One that nobody waits for is dropped.
func (s *session) answer(req uint64, frame any) error {
	c := s.c
	c.mu.Lock()
	q := c.calls.open[req]
	c.mu.Unlock()
	if q == nil {
		return nil
	}
	last, err := q.take(frame)
	if last || err != nil {
		c.endCall(req, err)
	}
	return err
}

func (c *Client) endCall(req uint64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if q := c.calls.remove(req); q != nil {
		q.finish(err)
	}
}

// failCall takes the server's refusal of a request.
func (c *Client) failCall(req uint64, refusal *Error) {
	if !c.failTopicPull(req, refusal) && !c.failListing(req, refusal) {
		c.endCall(req, refusal)
	}
}
