package quic

import (
	"net/netip"
	"time"
)

// Options bounds what strangers can hold of a listener before Accept returns
// them. The zero value is for a public gate.
type Options struct {
	// Pending is how many connections may be between their first packet and
	// Accept. More are refused. 0 means 4096.
	Pending int

	// PendingPerAddress is the same for one IPv4 address or IPv6 /64 network.
	// Many phones share an address behind the NAT of a carrier. No address gets
	// more than it leaves to all others. 0 means 256.
	PendingPerAddress int

	// RetryAbove is the number of pending connections from which on the address
	// of a new one is verified with a Retry packet first: a round trip more, and
	// nobody gets in from an address that is not his. 0 means 256. The same is
	// done for an address that has a quarter of PendingPerAddress: whoever only
	// pretends to be there cannot use up what those have who are.
	RetryAbove int

	// Admits is asked at the first packet of a connection whether its address may
	// have one, before there is any work with keys. It must not wait, nor call the listener. nil admits
	// everybody.
	Admits func(netip.Addr) bool

	// Wasted, if not nil, hears the address of each connection that was admitted
	// and never accepted. It must not wait, nor call the listener.
	Wasted func(netip.Addr)

	// Rate is how many handshakes an address may begin in a second, and at once. Of
	// the first packets beyond that, seven of eight are dropped before any work, and
	// the others are answered with a Retry, so that who is at a flooded address,
	// or at one that others send in the name of, still gets in now and then. It is
	// asked once a second, and must not wait, nor call the listener. A negative rate is no bound;
	// nil drops nothing.
	Rate func() (perSecond float64, burst int)

	// Greeting is how long a connection may take from the end of its handshake
	// to Accept, the beginning of its main stream included. 0 means 5 s.
	Greeting time.Duration

	// Linger is how long a closed connection waits for the peer. 0 means the
	// constant of this name.
	Linger time.Duration
}

// withDefaults fills in what was left out.
func (o Options) withDefaults() Options {
	o.Pending = orInt(o.Pending, 4096)
	o.PendingPerAddress = orInt(o.PendingPerAddress, 256)
	o.RetryAbove = orInt(o.RetryAbove, 256)
	if o.Greeting <= 0 {
		o.Greeting = serverGreeting
	}
	if o.Linger <= 0 {
		o.Linger = Linger
	}
	return o
}

// orInt returns n, or the default when there is none.
func orInt(n, otherwise int) int {
	if n <= 0 {
		return otherwise
	}
	return n
}
