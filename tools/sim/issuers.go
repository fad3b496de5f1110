package main

import (
	"fmt"

	"github.com/sim-im/sim/imservice/issuer"
	"github.com/sim-im/sim/tools/ops"
)

// issuerFlags say who outside proves accounts.
type issuerFlags struct {
	Issuers string `env:"SIM_ISSUERS" placeholder:"FILE" help:"Issuers outside whose tokens log people in, by the keys they publish or by asking them; the README has an example of the file."`
}

func (f issuerFlags) issuers() (*issuer.Set, error) {
	set, err := ops.ReadIssuers(f.Issuers)
	if err != nil {
		err = fmt.Errorf("--issuers: %w", err)
	}
	return set, err
}
