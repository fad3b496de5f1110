package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/msgdef/secure"
	"github.com/sim-im/sim/tools/keys"
	"github.com/sim-im/sim/tools/node"
	"github.com/sim-im/sim/tools/ops"
)

// gateCommand has the flags of sim gate.
type gateCommand struct {
	Listen  ops.HostPort `default:"127.0.0.1:7100" env:"SIM_LISTEN" placeholder:"HOST:PORT" help:"Where clients connect, over TCP and, on the same port number, QUIC."`
	NoQUIC  bool         `env:"SIM_NO_QUIC" name:"no-quic" help:"Serve clients over TCP only."`
	NoLoop  bool         `env:"SIM_NO_EVENT_LOOP" name:"no-event-loop" help:"Have a goroutine wait at each TCP connection, as on systems other than Linux, instead of an event loop at all of them. Costs memory."`
	Key     string       `reload:"" env:"SIM_KEY_FILE" placeholder:"FILE" help:"The gate's key with its certificate, see sim keys; read anew at SIGHUP and every hour."`
	RootKey string       `reload:"" env:"SIM_ROOT_KEY_FILE" placeholder:"FILE" help:"For development, instead of --key: what certifies gates. The gate makes itself a key at every start and SIGHUP."`

	TicketKeys string `reload:"" env:"SIM_TICKET_KEYS_FILE" placeholder:"FILE" help:"Keys, the same at all gates of a region, so that clients resume their sessions at any of them: see sim keys tickets. Read anew at SIGHUP and every hour. Without it a gate draws its own."`

	AdmitClassical bool          `env:"SIM_ADMIT_CLASSICAL" help:"Also serve clients without ML-KEM, whose recordings a quantum computer could open one day."`
	Drain          time.Duration `env:"SIM_DRAIN" default:"3s" placeholder:"TIME" help:"How long clients have at the stop to move to other gates, each at a random moment of it; for 100,000 of them take a minute or more. 0 closes them at once."`
	PublicPresence bool          `env:"SIM_PUBLIC_PRESENCE" help:"Let anybody ask for everyone who is online."`
	wsFlags
	codecFlags
	admissionFlags
	thriftFlags
	roleFlags
	rpcFlags
}

// Help implements kong.HelpProvider.
func (gateCommand) Help() string {
	return `A gate serves clients. It needs a route of its region, and finds it in Redis;
until there is one, logins are refused with a time to come again. At Ctrl-C or
SIGTERM clients are asked to move to other gates, and what waits is written.
At SIGHUP it takes certificates, limits, the oldest apps and the log level anew.

Examples:

  sim gate --redis redis://127.0.0.1:6379 --root-key .sim/keys/root.key
  sim gate --id g2 --listen :7100 --key g2.key --ticket-keys tickets.keys --rpc 10.0.0.7:7110 \
    --rpc-cert peer.pem --rpc-key peer.key --rpc-ca ca.pem --config /etc/sim/sim.yaml
  sim gate --redis redis://127.0.0.1:6379 --key g2.key --ws :7443 \
    --ws-cert web.pem --ws-key web.key --ws-origin https://chat.example.com`
}

// Validate implements kong's hook and lists every mistake.
func (c *gateCommand) Validate() error {
	o, err := c.options()
	return errors.Join(err, o.Validate(), c.thriftFlags.check())
}

func (c *gateCommand) options() (node.GateOptions, error) {
	common, err := c.common(c.rpcFlags)
	source, errKey := c.source(common.ID)
	codecs, errCodec := c.codecs()
	apps, errApps := c.minApps()
	limits, errLimits := c.admission()
	goAway, errDrain := c.drain()
	return node.GateOptions{
		Common: common, Listen: c.Listen.String(), NoQUIC: c.NoQUIC, NoLoop: c.NoLoop,
		WS:  c.browsers(),
		Key: source, TicketKeys: c.TicketKeys, Suites: suites(c.AdmitClassical), Codecs: codecs, PublicPresence: c.PublicPresence, Limits: limits, MinApps: apps, Times: gate.Times{GoAway: goAway},
	}, errors.Join(err, errKey, errCodec, errApps, errLimits, errDrain)
}

// Run implements the command.
func (c *gateCommand) Run(p *process) error {
	o, err := c.options()
	if err != nil {
		return ops.Exit(ops.ExitUsage, err)
	}
	reloads := p.reloader(c.LogFlags)
	o.Logger, o.Metrics = reloads.logger, reloads.metrics("gate")
	g, err := node.StartGate(p, o)
	if err != nil {
		return started(err)
	}
	clients := g.Addr()
	if browsers := g.WSURL(); browsers != "" {
		clients += ", browsers " + browsers
	}
	defer reloads.serve(gateReload(g))()
	defer c.thrift(p)()
	return p.run("gate", g, clients, c.Drain)
}

// mostDrain is how long a client waits at most before it moves.
const mostDrain = 10 * time.Minute

// drain is what a gate calls it: there less than 0 is none.
func (c *gateCommand) drain() (time.Duration, error) {
	if c.Drain < 0 || c.Drain > mostDrain {
		return 0, fmt.Errorf("--drain: is %v; want 0s to %v", c.Drain, mostDrain)
	}
	if c.Drain == 0 {
		return -1, nil
	}
	return c.Drain, nil
}

// gateReload has a gate take its settings anew.
func gateReload(g *node.Gate) preparing {
	return func(settings any) (func(), error) {
		o, err := settings.(*gateCommand).options()
		commit, errPrepare := g.Prepare(o)
		return commit, errors.Join(err, errPrepare)
	}
}

// source is where the key comes from; nil where neither flag says so.
func (c *gateCommand) source(id string) (keys.Source, error) {
	switch {
	case c.Key != "" && c.RootKey != "":
		return nil, errors.New("--key and --root-key: give one of them")
	case c.Key != "":
		return keys.FromFile(c.Key), nil
	case c.RootKey != "":
		return keys.FromRoot(c.RootKey, id, nil), nil
	}
	return nil, nil
}

// suites are those that clients may use; none means the gate's own choice.
func suites(classical bool) []secure.Suite {
	if !classical {
		return nil
	}
	return []secure.Suite{secure.HybridAESGCM, secure.HybridChaCha, secure.ClassicalAESGCM, secure.ClassicalChaCha}
}
