package main

import (
	"errors"
	"strings"

	"github.com/sim-im/sim/tools/node"
	"github.com/sim-im/sim/tools/ops"
)

// imserviceCommand has the flags of sim imservice.
type imserviceCommand struct {
	Data               string       `default:"./.sim/store" env:"SIM_STORE" placeholder:"DIR" help:"Folder for accounts and messages; made when missing."`
	ClosedRegistration bool         `env:"SIM_CLOSED_REGISTRATION" help:"Refuse names that have no account; else the first login with a name creates it."`
	ExemptPrefix       string       `env:"SIM_EXEMPT_PREFIX" placeholder:"TEXT" help:"Accounts whose name begins so may send as fast as they like, for load tests."`
	MediaListen        ops.HostPort `env:"SIM_MEDIA_LISTEN" placeholder:"HOST:PORT" help:"Where clients upload and download media, over HTTP. Nowhere unless given; without a certificate on this machine only."`
	MediaDir           string       `default:"./.sim/media" env:"SIM_MEDIA_DIR" placeholder:"DIR" help:"Folder of uploads under way, and of media unless they are in a bucket. Several message services that keep media in folders need the same one, but for its part of uploads."`
	MediaCert          string       `env:"SIM_MEDIA_CERT" placeholder:"FILE" help:"Certificate of the address of media, PEM; read again when it is replaced."`
	MediaKey           string       `env:"SIM_MEDIA_KEY" placeholder:"FILE" help:"Its private key, PEM."`
	mediaFlags
	databaseFlags
	issuerFlags
	passwordFlags
	storeFlags
	peopleFlags
	roleFlags
	rpcFlags
}

// Help implements kong.HelpProvider.
func (imserviceCommand) Help() string {
	return `The message service keeps accounts and messages. A folder belongs to one
process: run one per installation. A database may have several, which share the
work. What was acknowledged is on disk: after a crash it goes on with everything.

Examples:

  sim imservice --redis redis://127.0.0.1:6379
  sim imservice --id m2 --redis redis://127.0.0.1:6379 --store-file /etc/sim/store-url
  sim imservice --id m1 --data /var/lib/sim --rpc 10.0.0.9:7130 \
    --rpc-cert peer.pem --rpc-key peer.key --rpc-ca ca.pem --config /etc/sim/sim.yaml`
}

// Validate implements kong's hook and lists every mistake.
func (c *imserviceCommand) Validate() error {
	o, err := c.options()
	return errors.Join(err, o.Validate(), c.storeFlags.validate(), c.peopleFlags.validate())
}

func (c *imserviceCommand) options() (node.IMServiceOptions, error) {
	common, err := c.common(c.rpcFlags)
	issuers, errIssuers := c.issuers()
	cost, errCost := c.cost()
	url, errURL := c.url()
	media, errMedia := c.media(c.MediaListen.String(), c.MediaDir)
	media.Cert, media.Key = c.MediaCert, c.MediaKey
	return node.IMServiceOptions{
		Common: common, Data: c.Data, Store: url, Media: media, Issuers: issuers, Password: cost,
		OpenRegistration: !c.ClosedRegistration, Exempt: c.exempt(),
		MinFree: c.minFree(), StoreCache: c.cache(), StoreMemTable: int64(c.StoreMemtable), Limits: c.within(c.limits()), FriendsOnly: c.friendsOnly(), FindPeople: c.findPeople(),
	}, errors.Join(err, errIssuers, errCost, errURL, errMedia)
}

// Run implements the command.
func (c *imserviceCommand) Run(p *process) error {
	o, err := c.options()
	if err != nil {
		return ops.Exit(ops.ExitUsage, err)
	}
	reloads := p.reloader(c.LogFlags)
	o.Logger, o.Metrics = reloads.logger, reloads.metrics("imservice")
	s, err := node.StartIMService(p, o)
	if err != nil {
		return started(err)
	}
	defer reloads.serve(nil)()
	return p.run("imservice", s, "", 0)
}

func (c *imserviceCommand) exempt() func(string) bool {
	if c.ExemptPrefix == "" {
		return nil
	}
	return func(name string) bool { return strings.HasPrefix(name, c.ExemptPrefix) }
}
