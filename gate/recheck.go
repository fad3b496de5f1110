package gate

import (
	"slices"
	"time"

	"github.com/sim-im/sim/msgdef/rpc"
)

// Pauses of a recheck.
const (
	recheckSettle = 250 * time.Millisecond // for what is on its way to arrive
	frozenAfter   = time.Second            // that a look at all connections was late: the process was stopped
)

// Recheck finds out soon whether sessions have missed something: who should
// have told this gate of new messages has died, or hung, or did not know its
// sessions. A session that has gets a Head and pulls. Otherwise it would find
// out by its next heartbeat, or message. Recheck does not wait; calls that come
// while one waits for its turn are one with it.
func (s *Server) Recheck() {
	select {
	case s.doubt <- struct{}{}:
	default: // a token is there already
	}
}

// recheckLoop rechecks, one after another.
func (s *Server) recheckLoop() {
	for {
		select {
		case <-s.doubt:
			s.recheck()
			s.audiences.compare()
			s.presences.doubt()
		case <-s.quit:
			return
		}
	}
}

// recheck compares what clients were told with the heads of their users, as
// soon as these can be had. What has arrived a little later was only on its way.
func (s *Server) recheck() {
	var all []*conn
	s.conns.each(func(c *conn) {
		if c.heard.Load() != 0 { // before login there is nothing to miss
			all = append(all, c)
		}
	})
	for part := range slices.Chunk(all, callItems) {
		if !s.pause(recheckSettle) {
			return
		}
		heads := s.headsOf(part)
		if heads == nil || !s.pause(recheckSettle) {
			return
		}
		for i, c := range part {
			c.list(c.missed(heads[i]))
		}
	}
}

// headsOf asks until there is an answer; nil when the gate ends before.
func (s *Server) headsOf(part []*conn) []uint64 {
	query := &rpc.HeadsQuery{UIDs: make([]uint64, len(part))}
	for i, c := range part {
		query.UIDs[i] = c.uid
	}
	for {
		ctx, cancel := s.call(s.times.Call)
		heads, err := s.options.Route.Heads(ctx, query)
		cancel()
		if err == nil && len(heads.USeqs) == len(part) {
			return heads.USeqs
		}
		if !s.pause(s.times.Retry) {
			return nil
		}
	}
}

// pause waits. It returns false when the gate is being shut down.
func (s *Server) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.quit:
		return false
	}
}

// missed tells the client that its inbox goes up to useq, unless it was told
// more meanwhile. It tells whether the caller has to put c on its flusher's
// list.
func (c *conn) missed(useq uint64) bool {
	o := &c.out
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.top >= useq || o.phase >= finishing {
		return false
	}
	o.top = useq
	o.collapsed = true // a Head of top stands for what did not come
	c.gate.counts.healed.Add(1)
	return o.list()
}
