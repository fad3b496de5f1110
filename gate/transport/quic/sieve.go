package quic

import (
	"hash/maphash"
	"maps"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/net/ipv4"
)

// Drop says why a datagram was dropped before anybody read it. It is the label of
// a counter.
type Drop string

// Reasons to drop datagrams.
const (
	DropHello Drop = "hello" // too many of its address that begin connections
	DropToken Drop = "token" // the same, with what says that it proves the address
)

// What a sieve lets through of an address.
const (
	// packetsEach is how many first packets a handshake may take: a hello is longer
	// than one, by its key of ML-KEM, the client acknowledges in another one, and some are lost.
	packetsEach = 4

	// luck is of how many packets beyond that one is let through, at random. A client
	// sends ten in five seconds, so that three of four get in
	// who share their address with a flood; the others do over TCP.
	luck = 8
)

// sieve drops first packets of addresses that send too many of them. To answer
// one, be it with a Retry or a refusal, costs a gate more than it cost whoever
// replays it; to drop it costs a receive and a look.
//
// What it remembers has a fixed size: an address counts at one slot of each row,
// and has sent too much when all of those say so. Two addresses share all with a
// chance of one in slots², and nobody outside can tell which do. With a token one
// counts apart, so that a flood without does not keep out those who prove that
// they are no part of it. The token is not looked at, it may be anything.
type sieve struct {
	limit func() (perSecond float64, burst int) // see Options.Rate
	seed  maphash.Seed
	began time.Time

	mu      sync.Mutex
	asked   time.Duration // limit, since began
	rate    float64       // packets per second; negative: no bound
	burst   float64       // packets
	rows    [2][slots]slot
	dropped map[Drop]uint64
}

// slots is the length of a row, a power of two. A sieve takes 128 KiB.
const slots = 4096

// slot is a bucket that packets fill and time empties.
type slot struct {
	level float64       // packets, as of last
	last  time.Duration // since the sieve began
}

// refresh is how long a sieve keeps a rate before it asks for it again.
const refresh = time.Second

// newSieve returns nil, which drops nothing, for a nil limit.
func newSieve(limit func() (float64, int)) *sieve {
	if limit == nil {
		return nil
	}
	return &sieve{
		limit: limit, seed: maphash.MakeSeed(), began: time.Now(),
		asked: -refresh, dropped: make(map[Drop]uint64),
	}
}

// sift drops messages and returns how many are left, in front, in their order.
// Buffers stay where they are, since quic-go knows them by their place; what is in
// them moves.
func (s *sieve) sift(messages []ipv4.Message) (kept int) {
	if s == nil {
		return len(messages)
	}
	for i := range messages {
		m := &messages[i]
		if s.drops(m.Buffers[0][:m.N], m.Addr) {
			continue
		}
		if kept < i {
			move(&messages[kept], m)
		}
		kept++
	}
	return kept
}

// move copies a message into the buffers of another one, which are as long.
func move(to, from *ipv4.Message) {
	copy(to.Buffers[0], from.Buffers[0][:from.N])
	copy(to.OOB, from.OOB[:from.NN])
	to.N, to.NN, to.Flags, to.Addr = from.N, from.NN, from.Flags, from.Addr
}

// drops decides about a datagram of addr.
func (s *sieve) drops(p []byte, addr net.Addr) bool {
	if s == nil {
		return false
	}
	k := kindOf(p)
	return k != kindOther && !s.pass(k, network(addr).Addr(), time.Since(s.began)) && rand.N(luck) > 0 && s.count(k)
}

// count counts a dropped datagram, and is true.
func (s *sieve) count(k kind) bool {
	reason := DropHello
	if k == kindToken {
		reason = DropToken
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropped[reason]++
	return true
}

// pass counts a packet of an address, and reports whether it is one of those that
// the address may send. Other packets do not count: who sends too many has as
// many through as who does not.
func (s *sieve) pass(k kind, from netip.Addr, now time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now-s.asked >= refresh {
		s.ask(now)
	}
	if s.rate < 0 {
		return true
	}
	full := true
	places := s.places(k, from)
	for _, place := range places {
		full = s.drain(place, now) && full
	}
	if full {
		return false
	}
	for _, place := range places {
		place.level = min(place.level+1, s.burst)
	}
	return true
}

// over reports whether an address has sent as many hellos as it may.
func (s *sieve) over(addr net.Addr) bool {
	if s == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	full := s.rate >= 0
	for _, place := range s.places(kindHello, network(addr).Addr()) {
		full = full && s.drain(place, time.Since(s.began))
	}
	return full
}

// places returns the slots where an address counts. The lock is held.
func (s *sieve) places(k kind, from netip.Addr) [2]*slot {
	hash := maphash.Comparable(s.seed, struct {
		kind kind
		from netip.Addr
	}{k, from})
	return [2]*slot{&s.rows[0][hash%slots], &s.rows[1][hash>>32%slots]}
}

// drain takes out what time has, and reports whether there is no room for another
// packet. The lock is held.
func (s *sieve) drain(place *slot, now time.Duration) (full bool) {
	place.level = max(0, place.level-(now-place.last).Seconds()*s.rate)
	place.last = now
	return place.level+1 > s.burst
}

// ask reads the rate. The lock is held.
func (s *sieve) ask(now time.Duration) {
	perSecond, burst := s.limit()
	s.asked, s.rate, s.burst = now, perSecond*packetsEach, float64(burst)*packetsEach
}

// snapshot returns what was dropped so far.
func (s *sieve) snapshot() map[Drop]uint64 {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.dropped)
}
