package main

import (
	"errors"

	"github.com/sim-im/sim/tools/node"
	"github.com/sim-im/sim/tools/ops"
)

// routeCommand has the flags of sim route.
type routeCommand struct {
	policyFlags
	thriftFlags
	roleFlags
	rpcFlags
}

// Help implements kong.HelpProvider.
func (routeCommand) Help() string {
	return `A route knows who is connected to the gates of its region, and brings
messages there. Run two or more in a region: any of them delivers, one is master.
Business services claim the types of their messages at the --rpc of every route.

Examples:

  sim route --redis redis://127.0.0.1:6379 --id r1
  sim route --redis redis://127.0.0.1:6379 --id r1 --login-policy platform
  sim route --id r2 --region eu --rpc 10.0.0.8:7120 \
    --rpc-cert peer.pem --rpc-key peer.key --rpc-ca ca.pem --config /etc/sim/sim.yaml`
}

// Validate implements kong's hook and lists every mistake.
func (c *routeCommand) Validate() error {
	o, err := c.options()
	return errors.Join(err, o.Validate(), c.thriftFlags.check())
}

func (c *routeCommand) options() (node.RouteOptions, error) {
	common, err := c.common(c.rpcFlags)
	policy, errPolicy := c.policy()
	return node.RouteOptions{Common: common, Policy: policy}, errors.Join(err, errPolicy)
}

// Run implements the command.
func (c *routeCommand) Run(p *process) error {
	o, err := c.options()
	if err != nil {
		return ops.Exit(ops.ExitUsage, err)
	}
	reloads := p.reloader(c.LogFlags)
	o.Logger, o.Metrics = reloads.logger, reloads.metrics("route")
	r, err := node.StartRoute(p, o)
	if err != nil {
		return started(err)
	}
	defer reloads.serve(nil)()
	defer c.thrift(p)()
	return p.run("route", r, "", 0)
}
