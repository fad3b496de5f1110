package main

import (
	"errors"
	"fmt"

	"github.com/sim-im/sim/imservice"
)

// passwordFlags say what the hash of a password costs, see imservice.PasswordCost.
type passwordFlags struct {
	PasswordMemory     byteSize `default:"19MiB" env:"SIM_PASSWORD_MEMORY" placeholder:"SIZE" help:"Memory that the hash of a password takes, from 8KiB to 1GiB. More is dearer for who guesses, and for each login by password; hashes of before are made anew at the next one."`
	PasswordIterations uint32   `default:"2" env:"SIM_PASSWORD_ITERATIONS" placeholder:"N" help:"How often the hash goes over it, from 1 to 100."`
}

// cost returns what the flags say, or every mistake in them.
func (f passwordFlags) cost() (imservice.PasswordCost, error) {
	var errs []error
	if f.PasswordMemory < 8<<10 || f.PasswordMemory > 1<<30 || f.PasswordMemory%(1<<10) != 0 {
		errs = append(errs, fmt.Errorf("--password-memory: is %d bytes; want 8KiB to 1GiB, in whole KiB", f.PasswordMemory))
	}
	if f.PasswordIterations < 1 || f.PasswordIterations > 100 {
		errs = append(errs, fmt.Errorf("--password-iterations: is %d; want 1 to 100", f.PasswordIterations))
	}
	cost := imservice.PasswordCost{MemoryKiB: uint32(min(f.PasswordMemory>>10, 1<<20)), Iterations: f.PasswordIterations}
	return cost, errors.Join(errs...)
}
