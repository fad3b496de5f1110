package websocket

import (
	"maps"
	"net"
	"net/http"
	"net/netip"
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
	limits Options

	mu        sync.Mutex
	visits    map[net.Conn]*visit
	addresses map[netip.Prefix]int // entries are above zero
	stats     Stats
}

// visit is a connection that is not accepted yet.
type visit struct {
	from    netip.Prefix
	counted bool // why it fails
}

// open prepares p.
func (p *pending) open(limits Options) {
	p.limits = limits
	p.visits = make(map[net.Conn]*visit)
	p.addresses = make(map[netip.Prefix]int)
	p.stats.Failed = make(map[Reason]uint64)
}

// track follows a connection of net/http until it is upgraded or closed. One too
// many is closed before anything was read from it.
func (p *pending) track(c net.Conn, state http.ConnState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch state {
	case http.StateNew:
		if reason := p.begin(c); reason != "" {
			p.refuse(c, reason)
			c.Close() // StateClosed follows in any case
		}
	case http.StateClosed:
		p.refuse(c, ReasonRequest) // unless another reason was given
		p.leave(c)
	}
}

// begin counts a connection, and returns why it may not be. The lock is held.
func (p *pending) begin(c net.Conn) Reason {
	from := network(peerOf(c).Addr())
	free, others := p.limits.Pending-p.stats.Pending, p.addresses[from]
	p.visits[c] = &visit{from: from}
	p.stats.Pending++
	p.addresses[from]++
	switch {
	case others >= min(p.limits.PendingPerAddress, free):
		return ReasonCrowded
	case p.limits.Admits != nil && !p.limits.Admits(from.Addr()):
		return ReasonLimited
	}
	return ""
}

// leave ends what begin began. The lock is held.
func (p *pending) leave(c net.Conn) {
	v := p.visits[c]
	if v == nil {
		return
	}
	delete(p.visits, c)
	p.stats.Pending--
	if p.addresses[v.from]--; p.addresses[v.from] == 0 {
		delete(p.addresses, v.from)
	}
}

// refuse counts why a connection fails; the first reason counts. The lock is
// held.
func (p *pending) refuse(c net.Conn, reason Reason) {
	if v := p.visits[c]; v != nil && !v.counted {
		v.counted = true
		p.stats.Failed[reason]++
		if p.limits.Wasted != nil && reason != ReasonCrowded && reason != ReasonLimited {
			p.limits.Wasted(v.from.Addr())
		}
	}
}

// refused counts why a request was not upgraded.
func (p *pending) refused(c net.Conn, reason Reason) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse(c, reason)
}

// upgraded ends what track began, for a connection that is not of net/http any
// more.
func (p *pending) upgraded(c net.Conn, accepted bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if accepted {
		p.stats.Accepted++
	} else {
		p.refuse(c, ReasonUnaccepted)
	}
	p.leave(c)
}

// failed counts a reason to end a connection that was accepted.
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

// network returns what counts as one address: IPv4 addresses whole, of IPv6 the
// 64 bits that a subscriber gets.
func network(addr netip.Addr) netip.Prefix {
	bits := 64
	if addr.Is4() {
		bits = 32
	}
	prefix, _ := addr.WithZone("").Prefix(bits) // an invalid address counts as none
	return prefix
}
