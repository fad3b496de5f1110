package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/secure"
)

// versionCommand shows what this is.
type versionCommand struct{}

// Run implements the command.
func (versionCommand) Run(p *process) error {
	version := "unknown" // a build by Bazel carries none
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		version = info.Main.Version
	}
	_, err := fmt.Fprintf(p.out, "sim %s, protocol %d, processes %d, %s\n", version, secure.Version, rpc.Version, runtime.Version())
	return err
}
