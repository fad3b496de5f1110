package main

import (
	"errors"
	"fmt"
	"math"

	"github.com/sim-im/sim/gate"
)

// admissionFlags bound what strangers and users may ask of a gate, and say which
// apps it serves.
type admissionFlags struct {
	MaxConnections int     `reload:"" env:"SIM_MAX_CONNECTIONS" default:"200000" placeholder:"N" help:"Connections open at once."`
	MaxHandshakes  int     `reload:"" env:"SIM_MAX_HANDSHAKES" default:"4096" placeholder:"N" help:"Of them, those that are not logged in yet."`
	AddressRate    float64 `reload:"" env:"SIM_ADDRESS_RATE" default:"500" placeholder:"N" help:"Handshakes per second of one address, for gates behind something that hides addresses, and for load tests; negative is no bound."`
	AddressBurst   int     `reload:"" env:"SIM_ADDRESS_BURST" default:"2000" placeholder:"N" help:"Handshakes of one address at once."`

	AddressHandshakes  int `reload:"" env:"SIM_ADDRESS_HANDSHAKES" default:"512" placeholder:"N" help:"Connections of one address that are not logged in yet. No address gets more than it leaves to all others."`
	AddressConnections int `reload:"" env:"SIM_ADDRESS_CONNECTIONS" default:"32768" placeholder:"N" help:"Connections of one address open at once; negative is no bound, for gates behind something that hides addresses."`
	UserSessions       int `reload:"" env:"SIM_USER_SESSIONS" default:"64" placeholder:"N" help:"Sessions of one user at this gate."`

	SendRate     float64 `reload:"" env:"SIM_SEND_RATE" default:"20" placeholder:"N" help:"Messages per second of a user, all devices together; negative is no bound."`
	SendBurst    int     `reload:"" env:"SIM_SEND_BURST" default:"60" placeholder:"N" help:"Messages of a user at once."`
	RequestRate  float64 `reload:"" env:"SIM_REQUEST_RATE" default:"50" placeholder:"N" help:"Other frames per second of a connection that want an answer; negative is no bound."`
	RequestBurst int     `reload:"" env:"SIM_REQUEST_BURST" default:"200" placeholder:"N" help:"Of those at once."`

	StuckBytes byteSize `reload:"" env:"SIM_STUCK_BYTES" default:"256MiB" placeholder:"SIZE" help:"Memory for what waits for clients that do not read, of all together; beyond it each of them keeps next to nothing, and pulls later. At least 1MiB."`

	MinApp []string `reload:"" env:"SIM_MIN_APP" name:"min-app" placeholder:"NAME/VERSION" help:"Oldest version of an app that is served, like chat/2.1.0; older ones are told to upgrade at their next login, other apps are served. May be given for several apps."`
}

// admission makes limits of the flags. The error lists mistakes.
func (f *admissionFlags) admission() (gate.Limits, error) {
	var errs []error
	for _, c := range []struct {
		name string
		n    int
	}{
		{"max-connections", f.MaxConnections}, {"max-handshakes", f.MaxHandshakes}, {"address-burst", f.AddressBurst},
		{"address-handshakes", f.AddressHandshakes}, {"user-sessions", f.UserSessions}, {"send-burst", f.SendBurst}, {"request-burst", f.RequestBurst},
	} {
		if c.n < 1 {
			errs = append(errs, fmt.Errorf("--%s: is %d; want at least 1", c.name, c.n))
		}
	}
	if f.AddressConnections == 0 {
		errs = append(errs, errors.New("--address-connections: is 0; want more, or less for no bound"))
	}
	for _, r := range []struct {
		name      string
		perSecond float64
	}{
		{"address-rate", f.AddressRate}, {"send-rate", f.SendRate}, {"request-rate", f.RequestRate},
	} {
		if r.perSecond == 0 || math.IsNaN(r.perSecond) {
			errs = append(errs, fmt.Errorf("--%s: is %v; want more, or less for no bound", r.name, r.perSecond))
		}
	}
	if f.StuckBytes < 1<<20 {
		errs = append(errs, fmt.Errorf("--stuck-bytes: is %d bytes; want at least 1MiB", f.StuckBytes))
	}
	return gate.Limits{
		Connections: f.MaxConnections, Handshakes: f.MaxHandshakes, AddressRate: f.AddressRate,
		AddressBurst: f.AddressBurst, AddressHandshakes: f.AddressHandshakes, AddressConnections: f.AddressConnections,
		UserSessions: f.UserSessions, StuckBytes: int(f.StuckBytes),
		SendRate: f.SendRate, SendBurst: f.SendBurst, RequestRate: f.RequestRate, RequestBurst: f.RequestBurst,
	}, errors.Join(errs...)
}

// minApps reads what --min-app says, and lists every mistake.
func (f *admissionFlags) minApps() (list []gate.MinApp, err error) {
	for _, text := range f.MinApp {
		m, bad := gate.ParseMinApp(text)
		if bad != nil {
			err = errors.Join(err, fmt.Errorf("--min-app: %w", bad))
		}
		list = append(list, m)
	}
	return list, err
}
