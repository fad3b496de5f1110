package gate

import (
	"net/netip"
	"sync"
	"time"
)

// admission decides who may begin a handshake. Addresses are those of hosts:
// an IPv4 address, or the /64 network of an IPv6 one, since a host has all of
// it. Connections of a transport without addresses count for the whole only.
type admission struct {
	mu      sync.Mutex
	bounds  // see limit
	open    int
	shaking int
	hosts   map[netip.Addr]*host
}

// host is what is remembered of an address.
type host struct {
	shaking int
	bucket  bucket
}

// bounds are the limits of an admission.
type bounds struct {
	connections, handshakes int // the most at once
	perAddress, addresses   int
	rate                    rate
}

func newAdmission(l *Limits) *admission {
	a := &admission{hosts: make(map[netip.Addr]*host)}
	a.limit(l)
	return a
}

// limit sets the bounds. Who was let in stays, also beyond them.
func (a *admission) limit(l *Limits) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.bounds = bounds{
		connections: l.Connections,
		handshakes:  l.Handshakes,
		perAddress:  l.AddressHandshakes,
		addresses:   l.Addresses,
		rate:        rate{l.AddressRate, l.AddressBurst},
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
	if a.open >= a.connections || a.shaking >= a.handshakes {
		return ReasonCapacity
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

// visit counts a handshake of a host.
func (a *admission) visit(addr netip.Addr, now time.Duration) Reason {
	h := a.hosts[addr]
	if h == nil {
		if len(a.hosts) >= a.addresses && !a.forgetOne() {
			return ReasonCapacity
		}
		h = &host{bucket: bucket{last: now}}
		a.hosts[addr] = h
	}
	if h.shaking >= a.perAddress {
		return ReasonAddressBusy
	}
	if _, ok := h.bucket.take(a.rate, now); !ok {
		return ReasonAddressRate
	}
	h.shaking++
	return ReasonNone
}

// forgetOne makes room in the memory of addresses. Which one is forgotten is
// left to the order of the map, so that nobody can aim.
func (a *admission) forgetOne() bool {
	for addr, h := range a.hosts {
		if h.shaking == 0 {
			delete(a.hosts, addr)
			return true
		}
	}
	return false
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
func (a *admission) leave() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open--
}

// sweep forgets the addresses that would be judged like new ones.
func (a *admission) sweep(now time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for addr, h := range a.hosts {
		if h.shaking == 0 && h.bucket.full(a.rate, now) {
			delete(a.hosts, addr)
		}
	}
}
