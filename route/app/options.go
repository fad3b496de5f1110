package app

import (
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sim-im/sim/msgdef"
)

// Options say what a service serves and where it is. Service, First, Last and
// Routes are needed.
type Options struct {
	// Service is its name, 1 to 48 bytes. Several processes of the same name share
	// the work.
	Service string

	// First and Last are the types it serves, both included, from 0x8000 on. No
	// other service may have one of them. Gates bring the types of one upper byte
	// together: a service that has whole ones, as from 0x8100 to 0x81ff, waits for
	// no other.
	First, Last uint16

	// Routes are the addresses of routes, HOST:PORT: all there are, because each
	// forwards what its gates bring.
	Routes []string

	// Listen is where routes call it, HOST:PORT; "" means 127.0.0.1 and any port.
	// Advertise is the address that routes are told, "" means that of Listen.
	Listen, Advertise string

	// ServerTLS and ClientTLS secure calls by routes and to routes; a service
	// without them is for one machine. The routes of a cluster want certificates
	// of its authority on both sides, with the DNS name sim-peer.
	ServerTLS, ClientTLS *tls.Config

	// Pending bounds the frames that are handled or wait, PerUser those of one
	// user; beyond them clients are told CodeBusy. 0 means 4096 and 64.
	Pending, PerUser int

	// Renew is how often claims are renewed; 0 means a third of the time that
	// they hold.
	Renew time.Duration

	// Logger gets what operators should know; nil is slog.Default.
	Logger *slog.Logger

	// Instance names the process; "" chooses a name nobody has.
	Instance string
}

// withDefaults fills in what was left out.
func (o Options) withDefaults() Options {
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Pending == 0 {
		o.Pending = 4096
	}
	if o.PerUser == 0 {
		o.PerUser = 64
	}
	if o.Instance == "" {
		o.Instance = rand.Text()[:12]
	}
	return o
}

// validate lists everything that is wrong.
func (o Options) validate(h Handler) error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf("app: "+format, args...)) }
	if len(o.Service) < 1 || len(o.Service) > 48 {
		wrong("service %q: a name has 1 to 48 bytes", o.Service)
	}
	if len(o.Instance) > 64 {
		wrong("instance %q: a name has at most 64 bytes", o.Instance)
	}
	if unreadable(o.Service) || unreadable(o.Instance) {
		wrong("service %q, instance %q: names are of characters that can be printed", o.Service, o.Instance)
	}
	if o.First < msgdef.FirstApplicationType || o.First > o.Last {
		wrong("types 0x%04x to 0x%04x: applications have those from 0x%04x on, lower ones first", o.First, o.Last, msgdef.FirstApplicationType)
	}
	if len(o.Routes) == 0 {
		wrong("no address of a route")
	}
	for _, addr := range o.Routes {
		if _, _, err := net.SplitHostPort(addr); err != nil {
			wrong("route %q is not HOST:PORT", addr)
		}
	}
	if min(o.Pending, o.PerUser) < 0 || o.Renew < 0 {
		wrong("a bound or a time below zero")
	}
	if h == nil {
		wrong("no handler")
	}
	return errors.Join(append(errs, o.validateListen())...)
}

// unreadable finds what routes refuse in names.
func unreadable(name string) bool {
	return !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) })
}

// validateListen keeps plain calls on this machine, and finds addresses that
// nobody can call.
func (o Options) validateListen() error {
	host, _, err := net.SplitHostPort(o.Listen)
	ip, errIP := netip.ParseAddr(host)
	local := host == "localhost" || errIP == nil && ip.IsLoopback()
	switch {
	case err != nil:
		return fmt.Errorf("app: listen: %q is not HOST:PORT", o.Listen)
	case o.ServerTLS == nil && !local:
		return fmt.Errorf("app: listen: %s is reached from other machines: give ServerTLS, or an address like 127.0.0.1:0", o.Listen)
	case o.Advertise == "" && (host == "" || errIP == nil && ip.IsUnspecified()):
		return fmt.Errorf("app: listen: routes cannot call %s: give Advertise", o.Listen)
	}
	return nil
}
