package main

import (
	"errors"

	"github.com/sim-im/sim/tools/node"
	"github.com/sim-im/sim/tools/ops"
)

// pushCommand has the flags of sim push.
type pushCommand struct {
	NSQD     ops.HostPort `default:"127.0.0.1:4150" env:"SIM_NSQD" name:"nsqd" placeholder:"HOST:PORT" help:"The nsqd that all push services share."`
	HideText bool         `env:"SIM_HIDE_TEXT" help:"Leave what was written out of notifications."`

	LogPushes bool `env:"SIM_LOG_PUSHES" help:"Serve the provider log, which only writes a line to this program's log."`
	webhookFlags
	roleFlags
}

// Help implements kong.HelpProvider.
func (pushCommand) Help() string {
	return `The push service tells devices that are not connected of messages. It takes
what is to be pushed from the message service and removes it when a provider
has it; nsqd spreads the work over several push services.

Examples:

  sim push --redis redis://127.0.0.1:6379 --log-pushes
  sim push --id p1 --nsqd 10.0.0.5:4150 --webhook https://push.example.org/sim \
    --webhook-secret-file /etc/sim/webhook.secret --config /etc/sim/sim.yaml`
}

// Validate implements kong's hook and lists every mistake.
func (c *pushCommand) Validate() error {
	o, err := c.options()
	return errors.Join(err, o.Validate())
}

func (c *pushCommand) options() (node.PushOptions, error) {
	common, err := c.common(rpcFlags{})
	providers, errProviders := c.providers(c.LogPushes)
	return node.PushOptions{
		Common: common, NSQD: c.NSQD.String(), HideText: c.HideText,
		Providers: providers,
	}, errors.Join(err, errProviders)
}

// Run implements the command.
func (c *pushCommand) Run(p *process) error {
	o, err := c.options()
	if err != nil {
		return ops.Exit(ops.ExitUsage, err)
	}
	reloads := p.reloader(c.LogFlags)
	o.Logger, o.Metrics = reloads.logger, reloads.metrics("push")
	s, err := node.StartPush(p, o)
	if err != nil {
		return started(err)
	}
	defer reloads.serve(nil)()
	return p.run("push", s, "", 0)
}
