package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sim-im/sim/tools/dev"
	"github.com/sim-im/sim/tools/ops"
)

// devCommand has the flags of sim dev.
type devCommand struct {
	Data   string       `default:"./.sim" env:"SIM_DATA" placeholder:"DIR" help:"Folder for keys, accounts and messages; made when missing."`
	Listen ops.HostPort `default:"127.0.0.1:7100" env:"SIM_LISTEN" placeholder:"HOST:PORT" help:"Where clients connect."`
	HTTP   ops.HostPort `default:"127.0.0.1:7101" env:"SIM_HTTP" name:"http" placeholder:"HOST:PORT" help:"Where operators look: health, metrics, profiles. Keep it private."`

	RPC ops.HostPort `default:"127.0.0.1:7103" env:"SIM_RPC" name:"rpc" placeholder:"HOST:PORT" help:"Where business services claim types; on this machine only, because they call without TLS."`

	MediaListen ops.HostPort `default:"127.0.0.1:0" env:"SIM_MEDIA_LISTEN" placeholder:"HOST:PORT" help:"Where clients upload and download media, over HTTP; on this machine only, because it is in plaintext. Port 0 chooses a free one: clients are told."`
	NoMedia     bool         `env:"SIM_NO_MEDIA" help:"Keep no media, and leave that address alone."`
	mediaFlags

	NoQUIC         bool `name:"no-quic" env:"SIM_NO_QUIC" help:"Serve clients over TCP only, and leave the UDP port of the same number alone."`
	NoLoop         bool `env:"SIM_NO_EVENT_LOOP" name:"no-event-loop" help:"Have a goroutine wait at each TCP connection, as on systems other than Linux, instead of an event loop at all of them. Costs memory."`
	AdmitClassical bool `env:"SIM_ADMIT_CLASSICAL" help:"Also serve clients without ML-KEM, whose recordings a quantum computer could open one day."`
	wsFlags
	codecFlags
	admissionFlags
	issuerFlags
	passwordFlags
	policyFlags
	peopleFlags
	databaseFlags
	storeFlags
	webhookFlags
	ops.LogFlags
}

// Help implements kong.HelpProvider.
func (devCommand) Help() string {
	return `Gate, route, message service, push service and store in one process. The first use of a
name creates its account. Ctrl-C stops in order, a second one at once; the
next start finds everything that was acknowledged. At SIGHUP the gate's key, its
limits, the oldest apps and the log level are taken anew.

Examples:

  sim dev
  sim dev --data /var/lib/sim --listen 0.0.0.0:7100 --log-format json
  sim dev --store postgres://sim:secret@127.0.0.1:5432/sim`
}

// Validate implements kong's hook and lists every mistake.
func (d *devCommand) Validate() error {
	o, err := d.options()
	return errors.Join(err, o.Push.Validate(), d.storeFlags.validate(), d.peopleFlags.validate(), o.Validate())
}

// stopWithin bounds the ordered stop.
const stopWithin = 15 * time.Second

// Run implements the command.
func (d *devCommand) Run(p *process) error {
	o, err := d.options()
	if err != nil {
		return ops.Exit(ops.ExitUsage, err)
	}
	reloads := p.reloader(d.LogFlags)
	o.Logger, o.Metrics = reloads.logger, reloads.metrics("gate")
	server, err := dev.Start(p, o)
	if err != nil {
		return err
	}
	fmt.Fprint(p.out, d.welcome(server, invocation(os.Args[0])))
	defer reloads.serve(devReload(server))()
	var failed error
	select {
	case <-p.Done():
		fmt.Fprintln(p.err, "stopping; press Ctrl-C again to stop at once")
	case <-server.Failed():
		failed = server.Err()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p), stopWithin)
	defer cancel()
	return errors.Join(failed, server.Close(ctx))
}

// devReload has a server take its settings anew.
func devReload(s *dev.Server) preparing {
	return func(settings any) (func(), error) {
		o, err := settings.(*devCommand).options()
		commit, errPrepare := s.Prepare(o)
		return commit, errors.Join(err, errPrepare)
	}
}

// options are what the flags say. The error lists mistakes.
func (d *devCommand) options() (dev.Options, error) {
	providers, errPush := d.providers(true)
	codecs, errCodec := d.codecs()
	apps, errApps := d.minApps()
	limits, errLimits := d.admission()
	issuers, errIssuers := d.issuers()
	policy, errPolicy := d.policy()
	cost, errCost := d.cost()
	url, errURL := d.url()
	media, errMedia := d.media(d.mediaListen(), filepath.Join(d.Data, "media"))
	return dev.Options{
		Data: d.Data, Store: url, Media: media, Listen: d.Listen.String(), HTTP: d.HTTP.String(), RPC: d.RPC.String(), NoQUIC: d.NoQUIC, NoLoop: d.NoLoop,
		WS:             d.browsers(),
		AdmitClassical: d.AdmitClassical, GateLimits: limits, Codecs: codecs, MinApps: apps, Push: providers, Issuers: issuers,
		MinFree: d.minFree(), StoreCache: d.cache(), StoreMemTable: int64(d.StoreMemtable), ServiceLimits: d.within(d.limits()), FriendsOnly: d.friendsOnly(), FindPeople: d.findPeople(),
		LoginPolicy: policy, PasswordCost: cost,
	}, errors.Join(errPush, errCodec, errApps, errLimits, errIssuers, errPolicy, errCost, errURL, errMedia)
}

// mediaListen is where media are served, "" for nowhere.
func (d *devCommand) mediaListen() string {
	if d.NoMedia {
		return ""
	}
	return d.MediaListen.String()
}

// welcome says what runs where and what to type next.
func (d *devCommand) welcome(s *dev.Server, sim string) string {
	flags := ""
	if s.Addr() != "127.0.0.1:7100" {
		flags += " --server " + s.Addr()
	}
	if filepath.Clean(d.Data) != ".sim" {
		flags += " --roots " + s.RootsFile()
	}
	over := "TCP and QUIC"
	if d.NoQUIC {
		over = "TCP"
	}
	browsers := ""
	if at := s.WSURL(); at != "" {
		browsers = "\n  browsers  " + at
	}
	if at := s.MediaURL(); at != "" {
		browsers += "\n  media     " + at
	}
	return fmt.Sprintf(`sim is ready.
  clients   %s over %s%s
  operators http://%s/readyz
  services  %s
  data      %s

Type in two more terminals:
  %s chat --user alice%s
  %s chat --user bob%s
and then in alice's:
  bob;;hello

Ctrl-C stops.
`, s.Addr(), over, browsers, s.HTTPAddr(), s.RPCAddr(), d.Data, sim, flags, sim, flags)
}

// invocation returns how this program was called, as one would type it again.
func invocation(name string) string {
	if strings.Contains(name, string(filepath.Separator)+"go-build") {
		return "go run ./tools/sim"
	}
	return name
}
