package websocket

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// Defaults of Options.
const (
	DefaultPath          = "/sim"
	DefaultHeaderBytes   = 8 << 10
	DefaultHeaderTimeout = 2 * time.Second
	DefaultPending       = 4096
	DefaultPerAddress    = 512
	DefaultAcceptTimeout = 5 * time.Second
)

// Options say whom a listener serves, and bound what strangers can hold of it
// before Accept returns them. The zero value serves programs and pages of this
// machine in plaintext.
type Options struct {
	// TLS makes it wss. Its protocol names (ALPN) are replaced. nil means ws in
	// plaintext, which is for loopback addresses only.
	TLS *tls.Config

	// Path is where it listens, the only one; "" means DefaultPath.
	Path string

	// Origins lists the sites whose pages may connect, beside that of the
	// listener itself: an origin as https://chat.example.com, or a host with its
	// port as chat.example.com, localhost:5173. A * stands for some of one host,
	// as in *.example.com, but cannot be all of it. Requests without an Origin do
	// not come from browsers and are not asked.
	Origins []string

	// HeaderBytes bounds the header of a request, besides some 4 KiB of slack of
	// net/http. 0 means DefaultHeaderBytes.
	HeaderBytes int

	// HeaderTimeout is how long the TLS handshake may take, and then the whole
	// request. 0 means DefaultHeaderTimeout.
	HeaderTimeout time.Duration

	// Pending is how many connections may be between the first packet and Accept.
	// More are closed. 0 means DefaultPending.
	Pending int

	// PendingPerAddress is the same for one IPv4 address or IPv6 /64 network. No
	// address gets more than it leaves to all others. 0 means DefaultPerAddress.
	PendingPerAddress int

	// Admits is asked for the address of a connection before anything is read
	// from it. It must not wait, nor call the listener. nil admits everybody.
	Admits func(netip.Addr) bool

	// Wasted, if not nil, hears the address of each connection that was admitted
	// and never accepted. It must not wait, nor call the listener.
	Wasted func(netip.Addr)

	// AcceptTimeout is how long a connection may wait for Accept. 0 means
	// DefaultAcceptTimeout.
	AcceptTimeout time.Duration

	// Linger is how long a closed connection waits for the peer. 0 means the
	// constant of this name.
	Linger time.Duration
}

// Validate lists everything that is wrong.
func (o Options) Validate() error {
	var errs []error
	if o.Path != "" && (!strings.HasPrefix(o.Path, "/") || strings.ContainsAny(o.Path, "?#% ")) {
		errs = append(errs, fmt.Errorf("websocket: path %q is not like %s", o.Path, DefaultPath))
	}
	for _, pattern := range o.Origins {
		errs = append(errs, validPattern(pattern))
	}
	return errors.Join(errs...)
}

// withDefaults fills in what was left out.
func (o Options) withDefaults() Options {
	if o.Path == "" {
		o.Path = DefaultPath
	}
	if o.HeaderBytes <= 0 {
		o.HeaderBytes = DefaultHeaderBytes
	}
	if o.Pending <= 0 {
		o.Pending = DefaultPending
	}
	if o.PendingPerAddress <= 0 {
		o.PendingPerAddress = DefaultPerAddress
	}
	o.HeaderTimeout = orTime(o.HeaderTimeout, DefaultHeaderTimeout)
	o.AcceptTimeout = orTime(o.AcceptTimeout, DefaultAcceptTimeout)
	o.Linger = orTime(o.Linger, Linger)
	return o
}

// orTime returns d, or the default when there is none.
func orTime(d, otherwise time.Duration) time.Duration {
	if d <= 0 {
		return otherwise
	}
	return d
}
