package gate

import (
	"encoding/binary"
	"net/netip"
	"sync"
	"time"
)

// admission decides who may begin a handshake. Addresses are those of hosts.
// Connections of a transport without addresses count for the whole only.
//
// No address takes more than is left over for all others: of n that want
// everything, each gets one part of n+1, and one part stays free. So a handful
// of hostile addresses cannot lock the others out.
type admission struct {
	mu      sync.Mutex
	bounds  // see limit
	open    int
	shaking int
	hosts   map[hostID]host // with connections, so no more than these
	gone    map[hostID]host // without, remembered for their rate
}

// hostID is the address of a host: an IPv4 address, or the /64 network of an IPv6
// one, since a host has all of it. A number takes a third of the memory of a
// netip.Addr, in the maps too, where collections pass over it.
type hostID uint64

// What an IPv6 network has never: those below are for other purposes than hosts.
const (
	noHost   hostID = 0       // of a connection without an address
	loopback hostID = 1       // ::1
	ipv4     hostID = 1 << 32 // and the address
)

// host is what is remembered of an address.
type host struct {
	open    int32 // connections, those in a handshake included
	shaking int32
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
	a := &admission{hosts: make(map[hostID]host), gone: make(map[hostID]host)}
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
func hostOf(addr netip.Addr) hostID {
	switch addr = addr.Unmap(); {
	case addr.Is4():
		bytes := addr.As4()
		return ipv4 | hostID(binary.BigEndian.Uint32(bytes[:]))
	case addr.Is6():
		bytes := addr.As16()
		return max(hostID(binary.BigEndian.Uint64(bytes[:8])), loopback)
	}
	return noHost
}

// enter admits a connection to the handshake and returns ReasonNone, or says
// why not. An admitted one must call shook, once, and then leave.
func (a *admission) enter(id hostID, now time.Duration) Reason {
	a.mu.Lock()
	defer a.mu.Unlock()
	if reason := a.full(); reason != ReasonNone {
		return reason
	}
	if id != noHost {
		if reason := a.visit(id, now); reason != ReasonNone {
			return reason
		}
	}
	a.open++
	a.shaking++
	return ReasonNone
}

// ask returns what enter would, and counts nothing.
func (a *admission) ask(id hostID, now time.Duration) Reason {
	a.mu.Lock()
	defer a.mu.Unlock()
	if reason := a.full(); reason != ReasonNone || id == noHost {
		return reason
	}
	h, ok := a.find(id)
	if !ok {
		return ReasonNone
	}
	return a.judge(&h, now)
}

// full tells whether nobody gets in. a.mu is held.
func (a *admission) full() Reason {
	if a.open >= a.connections || a.shaking >= a.handshakes {
		return ReasonCapacity
	}
	return ReasonNone
}

// visit counts a handshake of a host.
func (a *admission) visit(id hostID, now time.Duration) Reason {
	h, ok := a.find(id)
	reason := a.judge(&h, now)
	if reason == ReasonNone {
		h.open++
		h.shaking++
		delete(a.gone, id)
	}
	switch {
	case h.open > 0:
		a.hosts[id] = h
	case ok:
		a.gone[id] = h
	}
	return reason
}

func (a *admission) find(id hostID) (h host, ok bool) {
	if h, ok = a.hosts[id]; !ok {
		h, ok = a.gone[id]
	}
	return h, ok
}

// judge takes a token of a host, or says why it gets none.
func (a *admission) judge(h *host, now time.Duration) Reason {
	switch {
	case int(h.shaking) >= min(a.shakingPerAddress, a.handshakes-a.shaking):
		return ReasonAddressBusy
	case a.perAddress >= 0 && int(h.open) >= min(a.perAddress, a.connections-a.open):
		return ReasonAddressFull
	}
	if _, ok := h.bucket.take(a.rate, now); !ok {
		return ReasonAddressRate
	}
	return ReasonNone
}

// shook ends the handshake of an admitted connection, whatever came of it.
func (a *admission) shook(id hostID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.shaking--
	if h, ok := a.hosts[id]; ok {
		h.shaking--
		a.hosts[id] = h
	}
}

// leave ends an admitted connection.
func (a *admission) leave(id hostID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open--
	h, ok := a.hosts[id]
	if !ok {
		return
	}
	if h.open--; h.open > 0 {
		a.hosts[id] = h
		return
	}
	delete(a.hosts, id)
	a.remember(id, h)
}

// remember keeps a host without connections. a.mu is held.
func (a *admission) remember(id hostID, h host) {
	if _, known := a.gone[id]; !known && len(a.gone) >= a.addresses {
		a.forgetOne()
	}
	a.gone[id] = h
}

// waste takes a token of an address, if it has one, for what never became a
// connection.
func (a *admission) waste(id hostID, now time.Duration) {
	if id == noHost {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	h, _ := a.find(id)
	h.bucket.take(a.rate, now)
	if h.open > 0 {
		a.hosts[id] = h
	} else {
		a.remember(id, h)
	}
}

// forgetOne makes room in the memory of addresses. Which one is forgotten is
// left to the order of the map, so that nobody can aim.
func (a *admission) forgetOne() {
	for id := range a.gone {
		delete(a.gone, id)
		return
	}
}

// sweep forgets the addresses that would be judged like new ones.
func (a *admission) sweep(now time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for id, h := range a.gone {
		if h.bucket.full(now) {
			delete(a.gone, id)
		}
	}
}
