package quic

import (
	"context"
	"errors"
	"maps"
	"net"
	"net/netip"
	"sync"
)

// Why a connection is refused at its first packet.
var (
	errCrowded = errors.New("quic: too many connections are pending")
	errLimited = errors.New("quic: the address is not admitted now")
)

// Stats counts what happened to the connections of a listener.
type Stats struct {
	Pending  int // between their first packet and Accept, now
	Accepted uint64
	Retried  uint64            // packets whose senders were asked to prove their address; a hello may take two
	Failed   map[Reason]uint64 // never reached Accept; crowded and limited are packets, too
	Dropped  map[Drop]uint64   // packets that nobody read, see Options.Rate
}

// pending counts connections between their first packet and Accept.
type pending struct {
	limits Options

	mu        sync.Mutex
	addresses map[netip.Prefix]int // entries are above zero
	stats     Stats
}

// attempt is one of them.
type attempt struct {
	of      *pending
	done    context.CancelFunc // called when it is settled
	from    netip.Prefix
	settled bool   // guarded by of.mu
	reason  Reason // why it is going to fail; "" when the connection knows; guarded by of.mu
}

// open prepares p.
func (p *pending) open(limits Options) {
	p.limits = limits
	p.addresses = make(map[netip.Prefix]int)
	p.stats.Failed = make(map[Reason]uint64)
}

// begin counts a connection, or refuses it with errCrowded or errLimited. done is called once,
// when the connection counts no longer.
func (p *pending) begin(addr net.Addr, done context.CancelFunc) (*attempt, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	from := network(addr)
	switch free := p.limits.Pending - p.stats.Pending; {
	case p.addresses[from] >= min(p.limits.PendingPerAddress, free):
		p.stats.Failed[ReasonCrowded]++
		return nil, errCrowded
	case p.limits.Admits != nil && !p.limits.Admits(from.Addr()):
		p.stats.Failed[ReasonLimited]++
		return nil, errLimited
	}
	p.stats.Pending++
	p.addresses[from]++
	return &attempt{of: p, done: done, from: from}, nil
}

// verify reports whether a new connection has to prove its address first: it has
// under load, and when its address is over what it may send.
func (p *pending) verify(addr net.Addr, over bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !over && p.stats.Pending < p.limits.RetryAbove && p.addresses[network(addr)] < max(p.limits.PendingPerAddress/4, 1) {
		return false
	}
	p.stats.Retried++
	return true
}

// snapshot returns the counters.
func (p *pending) snapshot() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stats
	s.Failed = maps.Clone(s.Failed)
	return s
}

// doom sets why the attempt fails when it does.
func (a *attempt) doom(reason Reason) {
	a.of.mu.Lock()
	defer a.of.mu.Unlock()
	a.reason = reason
}

// accepted ends the attempt well.
func (a *attempt) accepted() {
	a.of.mu.Lock()
	defer a.of.mu.Unlock()
	if a.settle() {
		a.of.stats.Accepted++
	}
}

// over ends the attempt badly, unless it had ended well.
func (a *attempt) over(cause error) {
	a.of.mu.Lock()
	defer a.of.mu.Unlock()
	if !a.settle() {
		return
	}
	if a.reason == "" {
		a.reason = classify(cause)
	}
	a.of.stats.Failed[a.reason]++
	if a.of.limits.Wasted != nil {
		a.of.limits.Wasted(a.from.Addr())
	}
}

// settle takes the attempt out of the count; false when it was before. The lock
// is held.
func (a *attempt) settle() bool {
	if a.settled {
		return false
	}
	a.settled = true
	a.done()
	a.of.stats.Pending--
	if a.of.addresses[a.from]--; a.of.addresses[a.from] == 0 {
		delete(a.of.addresses, a.from)
	}
	return true
}

// network returns what counts as one address: IPv4 addresses whole, of IPv6 the
// 64 bits that a subscriber gets.
func network(addr net.Addr) netip.Prefix {
	udp, ok := addr.(*net.UDPAddr)
	if !ok {
		return netip.Prefix{}
	}
	ip := udp.AddrPort().Addr().Unmap()
	bits := 64
	if ip.Is4() {
		bits = 32
	}
	prefix, _ := ip.WithZone("").Prefix(bits) // an invalid address counts as none
	return prefix
}
