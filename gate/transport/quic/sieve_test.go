package quic

import (
	"encoding/binary"
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/net/ipv4"
)

// first returns a first packet of a version, with a token of so many bytes.
func first(version uint32, token int) []byte {
	p := make([]byte, minHello)
	p[0] = 0xc0
	if version == version2 {
		p[0] |= initial2
	}
	binary.BigEndian.PutUint32(p[1:], version)
	p[5], p[14], p[15] = 8, 0, byte(token) // IDs of 8 and 0 bytes
	return p
}

// from is an address with a port.
func from(ip string) *net.UDPAddr {
	return net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(ip), 7))
}

// few is a rate of one handshake per second, and two at once.
func few() (float64, int) { return 1, 2 }

// TestKinds tells packets apart.
func TestKinds(t *testing.T) {
	short, handshake, handshake2, early := first(1, 0), first(1, 0), first(version2, 0), first(1, 0)
	short[0], handshake[0], handshake2[0], early[0] = 0x40, 0xe0, 0xf0, 0xd0
	long := first(1, 0)
	long[15], long[16] = 0x40, 0 // no token, in two bytes
	for name, c := range map[string]struct {
		packet []byte
		want   kind
	}{
		"nothing":            {nil, kindOther},
		"a knock":            {[]byte{0}, kindOther},
		"too short":          {first(1, 0)[:minHello-1], kindOther},
		"hello":              {first(1, 0), kindHello},
		"hello of version 2": {first(version2, 0), kindHello},
		"another version":    {first(0x1a2a3a4a, 0), kindHello},
		"no token, longer":   {long, kindHello},
		"token":              {first(1, 16), kindToken},
		"token of version 2": {first(version2, 1), kindToken},
		"an established one": {short, kindOther},
		"handshake":          {handshake, kindOther},
		"of version 2":       {handshake2, kindOther},
		"early data":         {early, kindOther},
		"a list of versions": {first(0, 0), kindOther},
	} {
		if got := kindOf(c.packet); got != c.want {
			t.Errorf("%s is of kind %d, want %d", name, got, c.want)
		}
	}
}

// FuzzKind has packets of any content. What has no long header, or another type
// than the first one, is never taken for a first packet.
func FuzzKind(f *testing.F) {
	f.Add(first(1, 0))
	f.Add(first(version2, 8))
	f.Add(append([]byte{0xff, 0, 0, 0, 1, 255}, make([]byte, minHello)...))
	f.Fuzz(func(t *testing.T, p []byte) {
		p = append(p, make([]byte, max(0, minHello-len(p)))...)
		k := kindOf(p)
		if k != kindOther && (p[0]&0x80 == 0 || binary.BigEndian.Uint32(p[1:]) == 1 && p[0]&0x30 != 0) {
			t.Errorf("%x is of kind %d", p[:16], k)
		}
	})
}

// TestRate has one address send too much: it has what is its own, another one all,
// and time gives it back. What comes with a token counts apart.
func TestRate(t *testing.T) {
	s := newSieve(few)
	flood, other := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")
	passed := func(k kind, from netip.Addr, n int, now time.Duration) (count int) {
		for range n {
			if s.pass(k, from, now) {
				count++
			}
		}
		return count
	}
	if n := passed(kindHello, flood, 10_000, 0); n != 2*packetsEach {
		t.Errorf("%d passed, want twice %d", n, packetsEach)
	}
	if n := passed(kindHello, other, 5, 0); n != 5 {
		t.Errorf("of another address %d of 5 passed", n)
	}
	if n := passed(kindToken, flood, 5, 0); n != 5 {
		t.Errorf("with a token %d of 5 passed", n)
	}
	if n := passed(kindHello, flood, 1000, time.Second); n != packetsEach {
		t.Errorf("after a second %d passed, want %d", n, packetsEach)
	}
	if n := passed(kindHello, flood, 1000, time.Hour); n != 2*packetsEach {
		t.Errorf("after an hour %d passed, want twice %d", n, packetsEach)
	}
}

// TestRateChanges has the gate's limits change: the sieve follows within a second.
func TestRateChanges(t *testing.T) {
	rate, addr := -1.0, netip.MustParseAddr("10.0.0.1")
	s := newSieve(func() (float64, int) { return rate, 1 })
	for range 1000 {
		if !s.pass(kindHello, addr, 0) {
			t.Fatal("dropped without a bound")
		}
	}
	rate = 1
	for i := range 10 {
		if got := s.pass(kindHello, addr, refresh); got != (i < packetsEach) {
			t.Errorf("packet %d under the new bound passes: %v", i, got)
		}
	}
	rate = -1
	if !s.pass(kindHello, addr, 2*refresh) {
		t.Error("the bound is still there")
	}
}

// TestManyAddresses fills more slots than there are: memory is what it was, and
// who sends little passes, unless so many flood that hardly a slot is left.
func TestManyAddresses(t *testing.T) {
	s := newSieve(few)
	addr := func(of byte, i int) netip.Addr { return netip.AddrFrom4([4]byte{10, of, byte(i >> 8), byte(i)}) }
	for i := range slots / 16 {
		for range 20 {
			s.pass(kindHello, addr(1, i), 0)
		}
	}
	passed := 0
	for i := range 1000 {
		if s.pass(kindHello, addr(2, i), 0) {
			passed++
		}
	}
	// Each is dropped with a chance of about 1 in 250.
	if passed < 950 {
		t.Errorf("beside %d floods %d of 1000 others passed", slots/16, passed)
	}
}

// TestNetworks counts an IPv6 network of a subscriber as one, and IPv4 addresses
// as one in both notations.
func TestNetworks(t *testing.T) {
	s := newSieve(few)
	for _, same := range [][]string{{"2001:db8::1", "2001:db8::ffff:2"}, {"10.0.0.1", "::ffff:10.0.0.1"}} {
		for range 100 {
			s.drops(first(1, 0), from(same[0]))
		}
		if !s.over(from(same[1])) {
			t.Errorf("%s is not counted as %s", same[1], same[0])
		}
	}
	if s.over(from("2001:db8:0:1::1")) || s.over(from("10.0.0.3")) {
		t.Error("others are counted as well")
	}
}

// TestLuck lets one of some through beyond the rate, and nothing of others is ever
// dropped.
func TestLuck(t *testing.T) {
	const tries = 8000
	s, addr, dropped := newSieve(few), from("10.0.0.1"), 0
	short := first(1, 0)
	short[0] = 0x40
	for range tries {
		if s.drops(first(1, 0), addr) {
			dropped++
		}
		if s.drops(short, addr) {
			t.Fatal("a packet of a connection was dropped")
		}
	}
	if want := tries - tries/luck; dropped < want*9/10 || dropped > want*11/10 {
		t.Errorf("of %d beyond the rate %d were dropped, want about %d", tries, dropped, want)
	}
	if got := s.snapshot(); got[DropHello] != uint64(dropped) || len(got) != 1 {
		t.Errorf("counted %v of %d", got, dropped)
	}
	var none *sieve
	if none.drops(first(1, 0), addr) || none.over(addr) || none.snapshot() != nil {
		t.Error("a sieve that is none dropped something")
	}
}

// TestSift keeps the order of what is left, with all that belongs to it, and the
// buffers at their places.
func TestSift(t *testing.T) {
	s := newSieve(few)
	flood := from("10.0.0.1")
	for range 100 {
		s.drops(first(1, 0), flood)
	}
	const size = 64
	var messages [size]ipv4.Message
	var buffers [size][]byte
	for i := range messages {
		packet, addr := first(1, 0), flood
		if i%8 == 3 {
			packet, addr = first(1, 1)[:minHello-i], from("10.0.0.9")
			packet[1199-i] = byte(i)
		}
		buffers[i] = make([]byte, minHello)
		n := copy(buffers[i], packet)
		messages[i] = ipv4.Message{Buffers: [][]byte{buffers[i]}, N: n, OOB: []byte{byte(i), 0}, NN: 1, Flags: i, Addr: addr}
	}
	kept, next := messages[:s.sift(messages[:])], 3
	for i, m := range kept {
		if &m.Buffers[0][0] != &buffers[i][0] {
			t.Fatal("a buffer is at another place")
		}
		if m.Addr == flood { // lucky
			continue
		}
		if m.N != minHello-next || m.Flags != next || m.OOB[0] != byte(next) || m.Buffers[0][m.N-1] != byte(next) {
			t.Errorf("message %d: %d bytes, flags %d, want those of %d", i, m.N, m.Flags, next)
		}
		next += 8
	}
	if next != size+3 {
		t.Errorf("the next one would be %d: some are lost", next)
	}
	if len(kept) == size {
		t.Error("nothing was dropped")
	}
}

// BenchmarkSieve is what a datagram of a flood costs beside its receive.
func BenchmarkSieve(b *testing.B) {
	s, p, addr := newSieve(few), first(1, 0), from("10.0.0.1")
	b.ReportAllocs()
	for b.Loop() {
		s.drops(p, addr)
	}
}
