package gate

import (
	"net/netip"
	"testing"
	"time"
)

func address(i int) hostID { return hostOf(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})) }

// TestAdmissionForgets keeps its memory of addresses in bounds, whoever comes.
func TestAdmissionForgets(t *testing.T) {
	limits := Limits{Addresses: 100, AddressRate: 10, AddressBurst: 5}
	limits.fill()
	a := newAdmission(&limits)
	busy := hostOf(netip.MustParseAddr("192.0.2.1"))
	if reason := a.enter(busy, 0); reason != ReasonNone {
		t.Fatal(reason)
	}
	for i := range 10_000 {
		if reason := a.enter(address(i), 0); reason != ReasonNone {
			t.Fatalf("address %d: %v", i, reason)
		}
		a.shook(address(i))
		a.leave(address(i))
		if len(a.gone) > 100 || len(a.hosts) != 1 {
			t.Fatalf("%d addresses remembered, %d with connections", len(a.gone), len(a.hosts))
		}
	}
	if a.hosts[busy].shaking != 1 {
		t.Error("an address in a handshake was forgotten")
	}
	a.sweep(time.Minute)
	if len(a.gone) != 0 {
		t.Errorf("%d addresses remembered after a minute", len(a.gone))
	}
	a.shook(busy)
	a.leave(busy)
	a.sweep(2 * time.Minute)
	if len(a.hosts)+len(a.gone) != 0 || a.open != 0 || a.shaking != 0 {
		t.Errorf("left: %d and %d addresses, %d open, %d shaking", len(a.hosts), len(a.gone), a.open, a.shaking)
	}
}

// TestAdmissionRemembersTheRate of an address that has no connection any more.
func TestAdmissionRemembersTheRate(t *testing.T) {
	limits := Limits{AddressRate: 1, AddressBurst: 2}
	limits.fill()
	a := newAdmission(&limits)
	for i, want := range []Reason{ReasonNone, ReasonNone, ReasonAddressRate} {
		if got := a.ask(address(1), 0); got != want {
			t.Errorf("visit %d would be %v, want %v", i, got, want)
		}
		got := a.enter(address(1), 0)
		if got != want {
			t.Errorf("visit %d: %v, want %v", i, got, want)
		}
		if got == ReasonNone {
			a.shook(address(1))
			a.leave(address(1))
		}
	}
	if got := a.ask(address(1), time.Second); got != ReasonNone {
		t.Errorf("a second later: %v", got)
	}
}

// TestAFewAddressesLockNobodyOut: those that want every place leave one part
// free, in handshakes and in connections.
func TestAFewAddressesLockNobodyOut(t *testing.T) {
	for name, c := range map[string]struct {
		limits Limits
		shook  bool // they do not stay in the handshake
		reason Reason
	}{
		"handshakes":  {Limits{Handshakes: 4096, AddressHandshakes: 4096}, false, ReasonAddressBusy},
		"connections": {Limits{Connections: 4096}, true, ReasonAddressFull},
	} {
		c.limits.AddressRate = -1
		c.limits.fill()
		a := newAdmission(&c.limits)
		const hostile = 8
		refused := 0
		for range 4096 {
			for i := range hostile {
				switch reason := a.enter(address(i), 0); {
				case reason == c.reason:
					refused++
				case reason != ReasonNone:
					t.Fatalf("%s: %v", name, reason)
				case c.shook:
					a.shook(address(i))
				}
			}
		}
		if a.open > 4096*hostile/(hostile+1)+hostile || refused != 4096*hostile-a.open {
			t.Errorf("%s: %d let in, %d refused", name, a.open, refused)
		}
		for i := range 100 {
			if reason := a.enter(address(1000+i), 0); reason != ReasonNone {
				t.Fatalf("%s: an address that had nothing: %v", name, reason)
			}
		}
	}
}

// TestHostOf tells hosts apart, and no more than hosts.
func TestHostOf(t *testing.T) {
	seen := map[hostID]string{noHost: "none", hostOf(netip.Addr{}): "none"}
	for _, same := range [][]string{
		{"192.0.2.1", "::ffff:192.0.2.1"}, {"192.0.2.2"}, {"0.0.0.0"}, {"0.0.0.1"},
		{"2001:db8:1:2::", "2001:db8:1:2:3:4:5:6"}, {"2001:db8:1:3::"}, {"fe80::1%eth0", "fe80::2"}, {"::1"},
	} {
		id := hostOf(netip.MustParseAddr(same[0]))
		if other, ok := seen[id]; ok {
			t.Errorf("%s is taken for %s", same[0], other)
		}
		seen[id] = same[0]
		for _, other := range same {
			if got := hostOf(netip.MustParseAddr(other)); got != id {
				t.Errorf("%s counts as %x, %s as %x", same[0], id, other, got)
			}
		}
	}
}
