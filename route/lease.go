package route

import (
	"context"
	"sync"
	"time"

	"github.com/sim-im/sim/msgdef/rpc"
)

// lease is the mastership of the region as this route sees it.
//
//	          granted                       not renewed in time,
//	replica ─────────────▶ master of a term ────────────────────▶ replica
//	                        │ ▲               another has it, or
//	                        └─┘ renewed       a gate knows a higher term
//
// What counts is the route's own clock: it stops before the message service
// could give the lease to another, however long a call or a pause takes. What was
// on its way at that moment the gates refuse by its term.
type lease struct {
	won chan struct{} // holds a token when a term has begun

	unanswered bool // calls fail, which was logged; of the goroutine that makes them

	mu        sync.Mutex
	term      uint64        // held last
	until     time.Duration // on the server's clock, when it ends; 0 when it was lost
	acting    bool          // as far as logs say
	takeovers uint64
}

// Master returns the term under which this route is master of its region, and
// whether it is now. In one process it always is, under term 0.
func (s *Server) Master() (term uint64, ok bool) {
	if s.options.Leases == nil {
		return 0, true
	}
	now := s.clock()
	s.lease.mu.Lock()
	defer s.lease.mu.Unlock()
	return s.lease.term, now < s.lease.until
}

// renew takes or keeps the lease until ctx ends.
func (s *Server) renew(ctx context.Context) {
	for {
		timer := time.NewTimer(s.ask(ctx))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// Pauses between calls: a failed one is repeated sooner than a lease is renewed,
// and a lease that ends is asked for at once.
const (
	failedShare = 4 // of Options.Renew
	leastPause  = 20 * time.Millisecond
)

// ask makes one call and returns how long to wait for the next.
func (s *Server) ask(ctx context.Context) (pause time.Duration) {
	o := &s.options
	asked := s.clock() // a lease is counted from before the call
	call, cancel := context.WithTimeout(ctx, o.Renew)
	defer cancel()
	reply, err := o.Leases.Lease(call, &rpc.LeaseRequest{Region: o.Region, Holder: o.ID, Term: s.lease.last()})
	if ctx.Err() == nil { // else the call failed because the route is closed
		s.tellAnswered(err)
	}
	left := time.Duration(0)
	if err == nil {
		left = time.Duration(reply.Left) * time.Millisecond
	}
	switch {
	case err != nil:
		pause = o.Renew / failedShare
	case reply.Holder != o.ID:
		s.lease.lose()
		pause = min(o.Renew, left+leastPause)
	default:
		s.lease.hold(reply.Term, asked+min(o.StepDown, left))
		pause = o.Renew
	}
	return max(s.transition(pause), leastPause)
}

// tellAnswered logs when calls for the mastership begin to fail and when they
// are answered again, not each of those between.
func (s *Server) tellAnswered(err error) {
	unanswered := err != nil
	if unanswered == s.lease.unanswered {
		return
	}
	s.lease.unanswered = unanswered
	if unanswered {
		s.options.Logger.Warn("mastership cannot be asked for; trying again", "region", s.options.Region, "error", err)
		return
	}
	s.options.Logger.Info("mastership can be asked for again", "region", s.options.Region)
}

// last returns the term to ask for: a holder that was cut off for a moment keeps
// its term if nobody else had one.
func (l *lease) last() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.term
}

// taken returns how often a term has begun.
func (l *lease) taken() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.takeovers
}

// hold notes a grant. One of an earlier term is late or wrong, and ignored.
func (l *lease) hold(term uint64, until time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if term < l.term {
		return
	}
	if term > l.term {
		l.acting = false // a new term is a new beginning
	}
	l.term, l.until = term, until
}

// lose ends being master.
func (l *lease) lose() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.until = 0
}

// deposed ends a term that a gate or the registry says is over.
func (s *Server) deposed(term uint64, err error) {
	s.lease.mu.Lock()
	current := s.lease.term == term
	if current {
		s.lease.until = 0
	}
	s.lease.mu.Unlock()
	if current {
		s.options.Logger.Warn("a higher term than ours was seen", "region", s.options.Region, "term", term, "error", err)
	}
}

// transition logs and announces when being master has begun or ended. It
// returns the pause, cut where the term ends.
func (s *Server) transition(pause time.Duration) time.Duration {
	now := s.clock()
	l := &s.lease
	l.mu.Lock()
	defer l.mu.Unlock()
	master := now < l.until
	logger := s.options.Logger.With("region", s.options.Region, "route", s.options.ID, "term", l.term)
	switch {
	case master && !l.acting:
		l.takeovers++
		logger.Info("master of the region")
		select {
		case l.won <- struct{}{}:
		default: // not yet heard of
		}
	case !master && l.acting:
		logger.Warn("no longer master of the region")
	}
	l.acting = master
	if master {
		pause = min(pause, l.until-now)
	}
	return pause
}
