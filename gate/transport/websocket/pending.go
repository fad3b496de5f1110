package websocket

import (
	"maps"
	"net"
	"net/http"
	"sync"
)

// Stats counts what happened to the connections of a listener.
type Stats struct {
	Pending  int // between their first packet and Accept, now
	Accepted uint64
	Failed   map[Reason]uint64 // refused, or ended for what the peer sent
}

// pending counts connections from their first packet on.
type pending struct {
	most int

	mu    sync.Mutex
	stats Stats
}

// open prepares p.
func (p *pending) open(most int) {
	p.most = most
	p.stats.Failed = make(map[Reason]uint64)
}

// track follows a connection of net/http until it is upgraded or closed. One too
// many is closed before anything was read from it.
func (p *pending) track(c net.Conn, state http.ConnState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch state {
	case http.StateNew:
		p.stats.Pending++ // StateClosed follows in any case
		if p.stats.Pending > p.most {
			p.stats.Failed[ReasonCrowded]++
			c.Close()
		}
	case http.StateClosed:
		p.stats.Pending--
	}
}

// upgraded ends what track began, for a connection that is not of net/http any
// more.
func (p *pending) upgraded(accepted bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stats.Pending--
	if accepted {
		p.stats.Accepted++
	} else {
		p.stats.Failed[ReasonUnaccepted]++
	}
}

// failed counts a reason.
func (p *pending) failed(reason Reason) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stats.Failed[reason]++
}

// snapshot returns the counters.
func (p *pending) snapshot() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stats
	s.Failed = maps.Clone(s.Failed)
	return s
}
