package main

import (
	"fmt"
	"runtime/debug"

	"github.com/sim-im/sim/msgdef/secure"
)

// versionCommand shows what this is.
type versionCommand struct{}

// Run implements the command.
func (versionCommand) Run(p *process) error {
	version, compiler := "unknown", "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version, compiler = info.Main.Version, info.GoVersion
	}
	_, err := fmt.Fprintf(p.out, "sim %s, protocol %d, %s\n", version, secure.Version, compiler)
	return err
}
