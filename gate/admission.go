package gate

import (
	"net/netip"
	"sync"
	"time"
)

// admission decides who may begin a handshake. Addresses are those of hosts:
// an IPv4 address, or the /64 network of an IPv6 one, since a host has all of
// it. Connections of a transport without addresses count for the whole only.
//
// No address takes more than is left over for all others: of n that want
// everything, each gets one part of n+1, and one part stays free. So a handful
// of hostile addresses cannot lock the others out.
type admission struct {
	mu      sync.Mutex
	bounds  // see limit
	open    int
	shaking int
	hosts   map[netip.Addr]*host // with connections, so no more than these
	gone    map[netip.Addr]*host // without, remembered for their rate
}

// host is what is remembered of an address.
type host struct {
	open    int // connections, those in a handshake included
	shaking int
	bucket  bucket
}

// bounds are the limits of an admission.
type bounds struct {
	connections, handshakes int // the most at once
	perAddress              int // connections at once; negative: no bound
	shakingPerAddress       int
	addresses               int // remembered without a connection
	rate                    rate
}

func newAdmission(l *Limits) *admission {
	a := &admission{hosts: make(map[netip.Addr]*host), gone: make(map[netip.Addr]*host)}
	a.limit(l)
	return a
}

// limit sets the bounds. Who was let in stays, also beyond them.
func (a *admission) limit(l *Limits) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.bounds = bounds{
		connections:       l.Connections,
		handshakes:        l.Handshakes,
		perAddress:        l.AddressConnections,
		shakingPerAddress: l.AddressHandshakes,
		addresses:         l.Addresses,
		rate:              rate{l.AddressRate, l.AddressBurst},
	}
}

// hostOf returns what addr is counted as.
func hostOf(addr netip.Addr) netip.Addr {
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		network, _ := addr.Prefix(64) // cannot fail: 64 bits are fine for IPv6
		return network.Addr()
	}
	return addr
}

// enter admits a connection to the handshake and returns ReasonNone, or says
// why not. An admitted one must call shook, once, and then leave.
func (a *admission) enter(addr netip.Addr, now time.Duration) Reason {
	a.mu.Lock()
	defer a.mu.Unlock()
	if reason := a.full(); reason != ReasonNone {
		return reason
	}
	if addr.IsValid() {
		if reason := a.visit(hostOf(addr), now); reason != ReasonNone {
			return reason
		}
	}
	a.open++
	a.shaking++
	return ReasonNone
}

// ask returns what enter would, and counts nothing.
func (a *admission) ask(addr netip.Addr, now time.Duration) Reason {
	a.mu.Lock()
	defer a.mu.Unlock()
	if reason := a.full(); reason != ReasonNone || !addr.IsValid() {
		return reason
	}
	h := a.find(hostOf(addr))
	if h == nil {
		return ReasonNone
	}
	probe := *h
	return a.judge(&probe, now)
}

// full tells whether nobody gets in. a.mu is held.
func (a *admission) full() Reason {
	if a.open >= a.connections || a.shaking >= a.handshakes {
		return ReasonCapacity
	}
	return ReasonNone
}

// visit counts a handshake of a host.
func (a *admission) visit(addr netip.Addr, now time.Duration) Reason {
	h := a.find(addr)
	if h == nil {
		h = &host{bucket: bucket{last: now}}
	}
	if reason := a.judge(h, now); reason != ReasonNone {
		return reason
	}
	delete(a.gone, addr)
	a.hosts[addr] = h
	h.open++
	h.shaking++
	return ReasonNone
}

func (a *admission) find(addr netip.Addr) *host {
	if h := a.hosts[addr]; h != nil {
		return h
	}
	return a.gone[addr]
}

// judge takes a token of a host, or says why it gets none.
func (a *admission) judge(h *host, now time.Duration) Reason {
	switch {
	case h.shaking >= min(a.shakingPerAddress, a.handshakes-a.shaking):
		return ReasonAddressBusy
	case a.perAddress >= 0 && h.open >= min(a.perAddress, a.connections-a.open):
		return ReasonAddressFull
	}
	if _, ok := h.bucket.take(a.rate, now); !ok {
		return ReasonAddressRate
	}
	return ReasonNone
}

// shook ends the handshake of an admitted connection, whatever came of it.
func (a *admission) shook(addr netip.Addr) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.shaking--
	if addr.IsValid() {
		a.hosts[hostOf(addr)].shaking--
	}
}

// leave ends an admitted connection.
func (a *admission) leave(addr netip.Addr) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open--
	if !addr.IsValid() {
		return
	}
	addr = hostOf(addr)
	h := a.hosts[addr]
	if h.open--; h.open > 0 {
		return
	}
	delete(a.hosts, addr)
	if len(a.gone) >= a.addresses {
		a.forgetOne()
	}
	a.gone[addr] = h
}

// forgetOne makes room in the memory of addresses. Which one is forgotten is
// left to the order of the map, so that nobody can aim.
func (a *admission) forgetOne() {
	for addr := range a.gone {
		delete(a.gone, addr)
		return
	}
}

// sweep forgets the addresses that would be judged like new ones.
func (a *admission) sweep(now time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for addr, h := range a.gone {
		if h.bucket.full(a.rate, now) {
			delete(a.gone, addr)
		}
	}
}
