package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/sim-im/sim/tools/cluster"
	"github.com/sim-im/sim/tools/node"
	"github.com/sim-im/sim/tools/ops"
)

// clusterCommand has the flags of sim cluster.
type clusterCommand struct {
	Data    string       `default:"./.sim-cluster" env:"SIM_DATA" placeholder:"DIR" help:"Folder for keys, accounts, messages and logs; made when missing."`
	Listen  ops.HostPort `default:"127.0.0.1:7100" env:"SIM_LISTEN" placeholder:"HOST:PORT" help:"Where clients connect to the first gate."`
	Listen2 ops.HostPort `default:"127.0.0.1:7102" env:"SIM_LISTEN2" name:"listen2" placeholder:"HOST:PORT" help:"Where clients connect to the second gate."`

	RedisServer       string `default:"redis-server" env:"SIM_REDIS_SERVER" placeholder:"FILE" help:"The program of Redis."`
	Webhook           string `env:"SIM_WEBHOOK" placeholder:"URL" help:"Where notifications for devices that are not connected go; https, or http on this machine."`
	WebhookSecretFile string `env:"SIM_WEBHOOK_SECRET_FILE" placeholder:"FILE" help:"File with the secret that signs them on its first line: base64 of 24 to 64 bytes."`

	databaseFlags
	Services int `default:"1" env:"SIM_SERVICES" placeholder:"N" help:"How many message services share the database of --store."`

	policyFlags

	ExemptPrefix string `default:"bench-" env:"SIM_EXEMPT_PREFIX" placeholder:"TEXT" help:"Accounts whose name begins so may send as fast as they like, for load tests."`
}

// Help implements kong.HelpProvider.
func (clusterCommand) Help() string {
	return `A whole cluster on this machine, for developers: redis-server, nsqd, the
message service, two routes, the push service and two gates, each a process of
its own. Kill one and see: what ends by itself is told of and stays away until
you start it with the command line that is shown. Ctrl-C stops all in order.

Examples:

  sim cluster
  sim cluster --data /tmp/sim --listen 127.0.0.1:7200 --listen2 127.0.0.1:7202
  sim cluster --store postgres://sim:secret@127.0.0.1:5432/sim --services 2`
}

// Validate implements kong's hook and lists every mistake.
func (c *clusterCommand) Validate() error {
	url, err := c.url()
	if c.Services < 1 || c.Services > 1 && url == "" {
		err = errors.Join(err, fmt.Errorf("--services: is %d; want 1, or more with --store", c.Services))
	}
	return err
}

// Bounds of the start and the stop of all processes together.
const (
	clusterStartWithin = time.Minute
	clusterStopWithin  = 30 * time.Second
)

// Run implements the command.
func (c *clusterCommand) Run(p *process) error {
	starting, cancel := context.WithTimeout(p, clusterStartWithin)
	defer cancel()
	url, err := c.url()
	if err == nil && url != "" {
		_, err = node.MigrateStore(starting, url, 0)
	}
	if err != nil {
		return err
	}
	running, err := cluster.Start(starting, cluster.Options{
		Data: c.Data, Listen: []string{c.Listen.String(), c.Listen2.String()},
		Redis: redisServer(c.RedisServer), Exempt: c.ExemptPrefix, Policy: c.LoginPolicy, Progress: p.err,
		Store: url, Services: c.Services, Webhook: c.Webhook, WebhookSecretFile: c.WebhookSecretFile,
	})
	if err != nil {
		return err
	}
	c.welcome(p.out, running, invocation(os.Args[0]))
	c.watch(p, running)
	stopping, cancel := context.WithTimeout(context.WithoutCancel(p), clusterStopWithin)
	defer cancel()
	return running.Close(stopping)
}

// redisServer leaves the standard name to the lookup that explains itself.
func redisServer(program string) string {
	if program == "redis-server" {
		return ""
	}
	return program
}

// watch tells of processes that end, until the user has enough.
func (c *clusterCommand) watch(p *process, running *cluster.Cluster) {
	for {
		select {
		case <-p.Done():
			fmt.Fprintln(p.err, "stopping; press Ctrl-C again to stop at once")
			return
		case e := <-running.Exits():
			fmt.Fprint(p.err, c.obituary(e))
		}
	}
}

// obituary says what ended, where to look, and how to start it again.
func (c *clusterCommand) obituary(e cluster.Exit) string {
	why := "exit code 0"
	if e.Err != nil {
		why = e.Err.Error()
	}
	return fmt.Sprintf("%s ended: %s; the others go on without it\n  log    %s\n  again  %s\n", e.Name(), why, e.Log(), e.CommandLine())
}

// welcome says what runs where and what to type next.
func (c *clusterCommand) welcome(out io.Writer, running *cluster.Cluster, sim string) {
	fmt.Fprintln(out, "sim cluster is ready.")
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  PROCESS\tPID\tADDRESS\tOPERATORS\tLOG")
	for _, p := range running.Processes() {
		fmt.Fprintf(table, "  %s\t%d\t%s\t%s\t%s\n", p.Name(), p.PID(), or(p.Addr()), or(url(p.HTTP())), short(c.Data, p.Log()))
	}
	_ = table.Flush() // an output that cannot be written has no better place to say so
	addrs := running.Addrs()
	fmt.Fprintf(out, `
Type in two more terminals, one for each gate:
  %[1]s chat --user alice --server %[2]s --roots %[4]s
  %[1]s chat --user bob --server %[3]s --roots %[4]s
and then in alice's:
  bob;;hello

Business services claim types at %[5]s

Ctrl-C stops.
`, sim, addrs[0], addrs[1], short(c.Data, running.RootsFile()), strings.Join(running.Routes(), ","))
}

// or stands for what a process has not.
func or(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// short returns the path of a file below the data folder as the user wrote it.
func short(data, file string) string {
	whole, err := filepath.Abs(data)
	if err == nil {
		if rest, err := filepath.Rel(whole, file); err == nil {
			return filepath.Join(data, rest)
		}
	}
	return file
}
