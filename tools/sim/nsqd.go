package main

import (
	"fmt"

	"github.com/sim-im/sim/push/queue/nsq"
	"github.com/sim-im/sim/tools/ops"
)

// nsqdCommand has the flags of sim nsqd.
type nsqdCommand struct {
	Listen ops.HostPort `default:"127.0.0.1:4150" env:"SIM_LISTEN" placeholder:"HOST:PORT" help:"Where push services connect."`
	Data   string       `default:"./.sim/nsqd" env:"SIM_NSQD_DATA" placeholder:"DIR" help:"Folder for what is queued; made when missing."`
	ops.LogFlags
}

// Help implements kong.HelpProvider.
func (nsqdCommand) Help() string {
	return `NSQ's own nsqd, inside this program. It only wakes push services: what is to be
pushed is kept by the message service.

Examples:

  sim nsqd
  sim nsqd --listen 127.0.0.1:4151 --data /var/lib/nsqd`
}

// Run implements the command.
func (c *nsqdCommand) Run(p *process) error {
	reloads := p.reloader(c.LogFlags)
	daemon, err := nsq.Embed(nsq.DaemonOptions{
		Dir: c.Data, Listen: c.Listen.String(), Logger: reloads.logger.With("role", "nsqd"),
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(p.out, "sim nsqd is ready: clients "+daemon.Addr())
	defer reloads.serve(nil)()
	return daemon.Run(p)
}
