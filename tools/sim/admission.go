package main

import (
	"errors"
	"fmt"

	"github.com/sim-im/sim/gate"
)

// admissionFlags bound what an address may ask of a gate.
type admissionFlags struct {
	AddressRate float64  `env:"SIM_ADDRESS_RATE" default:"500" placeholder:"N" help:"Handshakes per second of one address, for gates behind something that hides addresses, and for load tests; negative is no bound."`
	MinApp      []string `env:"SIM_MIN_APP" name:"min-app" placeholder:"NAME/VERSION" help:"Oldest version of an app that is served, like chat/2.1.0; older ones are told to upgrade, other apps are served. May be given for several apps."`
}

// admission makes limits of the flags.
func (f *admissionFlags) admission() gate.Limits { return gate.Limits{AddressRate: f.AddressRate} }

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
