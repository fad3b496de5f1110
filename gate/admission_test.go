package gate

import (
	"net/netip"
	"testing"
	"time"
)

// TestAdmissionForgets keeps its memory of addresses in bounds, whoever comes.
func TestAdmissionForgets(t *testing.T) {
	limits := Limits{Addresses: 100, AddressRate: 10, AddressBurst: 5}
	limits.fill()
	a := newAdmission(&limits)
	busy := netip.MustParseAddr("192.0.2.1")
	if reason := a.enter(busy, 0); reason != ReasonNone {
		t.Fatal(reason)
	}
	for i := range 10_000 {
		addr := netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})
		if reason := a.enter(addr, 0); reason != ReasonNone {
			t.Fatalf("address %d: %v", i, reason)
		}
		a.shook(addr)
		a.leave()
		if len(a.hosts) > 100 {
			t.Fatalf("%d addresses remembered", len(a.hosts))
		}
	}
	if a.hosts[busy] == nil {
		t.Error("an address in a handshake was forgotten")
	}
	a.sweep(time.Minute)
	if len(a.hosts) != 1 {
		t.Errorf("%d addresses remembered after a minute", len(a.hosts))
	}
	a.shook(busy)
	a.leave()
	a.sweep(2 * time.Minute)
	if len(a.hosts) != 0 || a.open != 0 || a.shaking != 0 {
		t.Errorf("left: %d addresses, %d open, %d shaking", len(a.hosts), a.open, a.shaking)
	}
}

// TestAdmissionWithAllAddressesBusy has no memory to give.
func TestAdmissionWithAllAddressesBusy(t *testing.T) {
	limits := Limits{Addresses: 2}
	limits.fill()
	a := newAdmission(&limits)
	for i, want := range []Reason{ReasonNone, ReasonNone, ReasonCapacity} {
		if got := a.enter(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), 0); got != want {
			t.Errorf("address %d: %v, want %v", i, got, want)
		}
	}
	if got := a.enter(netip.Addr{}, 0); got != ReasonNone {
		t.Errorf("without an address: %v", got)
	}
}

func TestHostOf(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::", "fe80::1%eth0": "fe80::",
	} {
		if got := hostOf(netip.MustParseAddr(in)); got.String() != want {
			t.Errorf("%s counts as %v, want %s", in, got, want)
		}
	}
}
