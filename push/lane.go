package push

import (
	"context"
	"sync"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/push/provider"
)

// A provider that failed this often in a row is left alone for a while.
const (
	patienceFailures = 5
	firstPause       = time.Second
	lastPause        = 30 * time.Second
)

// lane is the way to one provider: so many calls at once, none while it is
// left alone. Rows that find no slot are parked without what was resolved, and
// are resolved anew when there is one: who reads meanwhile gets no push.
type lane struct {
	id       msgdef.PushProvider
	provider provider.Provider
	limit    int // of parked
	trouble  trouble

	mu       sync.Mutex
	free     int // slots
	parked   []*row
	failures int       // in a row
	until    time.Time // nothing is called before
	timer    *time.Timer
}

// enter calls the provider, or parks r, or lets it go.
func (s *Server) enter(l *lane, r *row, n *provider.Notification) {
	l.mu.Lock()
	paused := s.options.Now().Before(l.until)
	switch {
	case paused && l.until.After(r.latest):
		l.mu.Unlock()
		s.letGo(Retried, r)
	case (paused || l.free == 0) && len(l.parked) >= l.limit:
		l.mu.Unlock()
		s.letGo(Crowded, r)
	case paused || l.free == 0:
		l.parked = append(l.parked, r)
		l.mu.Unlock()
	default:
		l.free--
		l.mu.Unlock()
		s.board.calling(1)
		s.calls.Go(func() { s.call(l, r, n) })
	}
}

// call is one call of a provider.
func (s *Server) call(l *lane, r *row, n *provider.Notification) {
	ctx, cancel := context.WithTimeout(s.life, s.options.Timeout)
	err := l.provider.Push(ctx, n)
	cancel()
	s.board.calling(-1)
	s.leave(l, r, n, err)
	s.unpark(l, 1)
}

// leave gives the slot back and settles what the answer means for r.
func (s *Server) leave(l *lane, r *row, n *provider.Notification, err error) {
	verdict, after := provider.Judge(err)
	retry := err != nil && verdict == provider.Retry
	s.rest(l, retry, after)
	switch {
	case err == nil:
		s.counts.delivered.Add(1)
		s.board.decide(r)
	case verdict == provider.TokenDead:
		r.token = n.Token
		s.drop(r, TokenDead)
	case verdict == provider.Refused:
		s.drop(r, Refused)
		s.complain(r, Refused, err)
	default:
		s.letGo(Retried, r)
		l.trouble.note(s.life, err)
		return
	}
	l.trouble.note(s.life, nil)
}

// rest frees a slot, and leaves the provider alone when it asks for that or
// fails again and again. Rows that cannot wait so long are let go.
func (s *Server) rest(l *lane, failed bool, after time.Duration) {
	l.mu.Lock()
	l.free++
	if !failed {
		l.failures = 0
		l.mu.Unlock()
		return
	}
	l.failures++
	if over := l.failures - patienceFailures; after == 0 && over >= 0 {
		after = min(firstPause<<min(over, 10), lastPause)
	}
	var late []*row
	if until := s.options.Now().Add(after); after > 0 && until.After(l.until) {
		l.until = until
		late = l.split(until)
		l.timer.Reset(after)
	}
	l.mu.Unlock()
	s.letGo(Retried, late...)
}

// split takes rows out of parked that cannot wait until then. The lock is held.
func (l *lane) split(until time.Time) (late []*row) {
	kept := l.parked[:0]
	for _, r := range l.parked {
		if until.After(r.latest) {
			late = append(late, r)
		} else {
			kept = append(kept, r)
		}
	}
	clear(l.parked[len(kept):])
	l.parked = kept
	return late
}

// unpark has up to n parked rows, the oldest first, resolved again.
func (s *Server) unpark(l *lane, n int) {
	l.mu.Lock()
	n = min(n, len(l.parked), l.free)
	if s.options.Now().Before(l.until) {
		n = 0
	}
	rows := append([]*row(nil), l.parked[:n]...)
	for _, r := range rows {
		r.turn = l
	}
	l.parked = append(l.parked[:0], l.parked[n:]...)
	l.mu.Unlock()
	s.board.again(s.options.Now(), rows...)
}

// empty takes all parked rows out, at the end.
func (l *lane) empty() []*row {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.timer.Stop()
	rows := l.parked
	l.parked = nil
	return rows
}
