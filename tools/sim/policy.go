package main

import "github.com/sim-im/sim/route"

// policyFlags say which devices of a user may be logged in.
type policyFlags struct {
	LoginPolicy string `default:"all" enum:"all,platform,one" env:"SIM_LOGIN_POLICY" help:"Which devices of a user may be logged in at once: ${enum}, where platform is one of each kind. The last login stays, the others are told which one took their place. All routes of a region need the same."`
}

// policy is what the flag says; the parser has checked it.
func (f policyFlags) policy() (route.Policy, error) { return route.ParsePolicy(f.LoginPolicy) }
