package client

import (
	"fmt"
	"net"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/gate/transport/quic"
	"github.com/sim-im/sim/gate/transport/tcp"
	"github.com/sim-im/sim/msgdef/codec"
)

// OptionsError lists every mistake in Options.
type OptionsError struct {
	Mistakes []string // "Field: what is wrong and what would be right"
}

// Error implements error.
func (e *OptionsError) Error() string {
	return "client: options: " + strings.Join(e.Mistakes, "; ")
}

// mistakes gathers what is wrong.
type mistakes []string

func (m *mistakes) check(ok bool, format string, args ...any) {
	if !ok {
		*m = append(*m, fmt.Sprintf(format, args...))
	}
}

func (m *mistakes) text(field, value string) {
	m.check(len(value) <= 64, "%s: is %d bytes long; at most 64", field, len(value))
	m.check(utf8.ValidString(value), "%s: is not UTF-8", field)
}

func (m *mistakes) number(field string, value, most int) {
	m.check(value >= 1 && value <= most, "%s: is %d; 1 to %d, or 0 for the default", field, value, most)
}

func (m *mistakes) duration(field string, value, least, most time.Duration) {
	m.check(value >= least && value <= most, "%s: is %v; %v to %v, or 0 for the default", field, value, least, most)
}

// validate checks completed options. It returns nil or an *OptionsError.
func (o Options) validate() error {
	var m mistakes
	o.checkServer(&m)
	o.checkUser(&m)
	o.checkLimits(&m)
	o.checkTimes(&m)
	if len(m) == 0 {
		return nil
	}
	return &OptionsError{Mistakes: m}
}

func (o Options) checkServer(m *mistakes) {
	m.check(len(o.Addresses) > 0, "Address: is empty; HOST:PORT of a gate")
	for i, address := range o.Addresses {
		m.check(address != "", "Addresses: number %d is empty; HOST:PORT of a gate", i+1)
		if takesHostPort(o.Dialer) && address != "" {
			_, _, err := net.SplitHostPort(address)
			m.check(err == nil, "Address: is %q; HOST:PORT of a gate", address)
		}
	}
	m.check(o.Roots != nil, "Roots: are missing; the server's roots.json, read by secure.ParseRoots")
	m.check(o.Suite >= 1 && o.Suite <= 4, "Suite: is %d; 1 to 4", o.Suite)
	_, known := codec.For(o.Codec)
	m.check(known, "Codec: is %d; one of %v", uint8(o.Codec), codec.All())
}

// takesHostPort tells the dialers of this package, and their absence.
func takesHostPort(d transport.Dialer) bool {
	switch d := d.(type) {
	case nil, tcp.Dialer, quic.Dialer:
		return true
	case *transport.Fallback:
		return takesHostPort(d.First) && takesHostPort(d.Then)
	}
	return false
}

func (o Options) checkUser(m *mistakes) {
	m.text("Account", o.Account)
	m.text("App", o.App)
	m.check(len(o.Network) <= 32, "Network: is %d bytes long; at most 32", len(o.Network))
	m.check(o.Account != "" || o.Password == "", "Account: is empty, but there is a Password")
	m.check(len(o.Password) <= 1024, "Password: is %d bytes long; at most 1024", len(o.Password))
	m.check(o.TokenSource == nil || o.Password == "" && len(o.Token) == 0, "TokenSource: stands for Password and Token; give one of them")
	m.check(len(o.Token) <= 1024, "Token: is %d bytes long; at most 1024", len(o.Token))
}

func (o Options) checkLimits(m *mistakes) {
	m.number("Queue", o.Queue, 1<<20)
	m.number("Window", o.Window, 1<<20)
	m.number("Requests", o.Requests, 1<<16)
	m.duration("SendExpiry", o.SendExpiry, time.Second, mostExpiry)
	m.duration("Heartbeat", o.Heartbeat, 30*time.Second, 9*time.Minute)
	m.check(o.Heartbeat%time.Second == 0, "Heartbeat: is %v; whole seconds", o.Heartbeat)
}

func (o Options) checkTimes(m *mistakes) {
	const least, most = time.Millisecond, time.Hour
	m.duration("Timeouts.Handshake", o.Timeouts.Handshake, least, most)
	m.duration("Timeouts.Pong", o.Timeouts.Pong, least, most)
	m.duration("Timeouts.Write", o.Timeouts.Write, least, most)
	m.duration("Timeouts.Ack", o.Timeouts.Ack, least, most)
	m.duration("Timeouts.Page", o.Timeouts.Page, least, most)
	m.duration("Timeouts.Gap", o.Timeouts.Gap, least, most)
	m.duration("Timeouts.Lazy", o.Timeouts.Lazy, least, most)
	m.duration("Timeouts.Save", o.Timeouts.Save, least, most)
	m.duration("Backoff.Min", o.Backoff.Min, least, most)
	m.duration("Backoff.Max", o.Backoff.Max, o.Backoff.Min, 24*time.Hour)
}
