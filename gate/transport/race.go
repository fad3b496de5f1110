package transport

import (
	"context"
	"time"
)

// race dials in two ways.
type race struct {
	addr    string
	runners [2]Dialer
	lead    time.Duration // of the first; 0: until it fails

	finish  chan finisher
	running int
	started int
	errs    [2]error
}

// finisher is what one way came to.
type finisher struct {
	lane int
	conn Conn
	err  error
}

// run returns the winner and its lane; a nil Conn when nobody won, see explain.
func (r *race) run(ctx context.Context) (winner Conn, lane int) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r.finish = make(chan finisher, len(r.runners))
	late, stop := r.timer()
	defer stop()
	r.start(ctx)
	for r.running > 0 {
		select {
		case <-late:
			r.start(ctx)
		case end := <-r.finish:
			r.running--
			if end.err == nil {
				go r.dismiss(r.running)
				return end.conn, end.lane
			}
			r.errs[end.lane] = end.err
			if ctx.Err() == nil {
				r.start(ctx)
			}
		}
	}
	return nil, 0
}

// timer tells when the first has had its lead.
func (r *race) timer() (<-chan time.Time, func() bool) {
	if r.lead == 0 {
		return nil, func() bool { return false }
	}
	t := time.NewTimer(r.lead)
	return t.C, t.Stop
}

// start sends the next runner off, if there is one.
func (r *race) start(ctx context.Context) {
	if r.started == len(r.runners) {
		return
	}
	lane := r.started
	r.started++
	r.running++
	go func() {
		conn, err := r.runners[lane].Dial(ctx, r.addr)
		r.finish <- finisher{lane, conn, err}
	}()
}

// dismiss closes what the others have reached, who were called back.
func (r *race) dismiss(others int) {
	for range others {
		if end := <-r.finish; end.err == nil {
			end.conn.Close() // nobody uses it
		}
	}
}

// explain makes the error of a race that nobody won.
func (r *race) explain(swapped bool) error {
	first, then := r.errs[0], r.errs[1]
	if swapped {
		first, then = then, first
	}
	switch {
	case first == nil:
		return then
	case then == nil:
		return first
	}
	return &FallbackError{First: first, Then: then}
}
