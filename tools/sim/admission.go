package main

import "github.com/sim-im/sim/gate"

// admissionFlags bound what an address may ask of a gate.
type admissionFlags struct {
	AddressRate float64 `env:"SIM_ADDRESS_RATE" default:"500" placeholder:"N" help:"Handshakes per second of one address, for gates behind something that hides addresses, and for load tests; negative is no bound."`
}

// admission makes limits of the flags.
func (f *admissionFlags) admission() gate.Limits { return gate.Limits{AddressRate: f.AddressRate} }
