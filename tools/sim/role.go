package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/sim-im/sim/tools/node"
	"github.com/sim-im/sim/tools/ops"
)

// roleFlags are what every role of a cluster is told.
type roleFlags struct {
	ID     string       `env:"SIM_ID" placeholder:"NAME" help:"Name of this process, unique in its role; the host's name unless given."`
	Region string       `default:"default" env:"SIM_REGION" placeholder:"NAME" help:"Where it is; gates and routes of a region work together."`
	HTTP   ops.HostPort `env:"SIM_HTTP" name:"http" placeholder:"HOST:PORT" help:"Where operators look: health, metrics, profiles. Keep it private. Nowhere unless given."`

	redisFlags
	peerFlags
	ops.LogFlags
}

// redisFlags say where the processes of a cluster find each other.
type redisFlags struct {
	Redis             ops.Secret     `env:"SIM_REDIS" placeholder:"URL" help:"Redis of the cluster, redis://user:password@HOST:PORT/DB, rediss:// for TLS."`
	RedisFile         string         `env:"SIM_REDIS_FILE" placeholder:"FILE" help:"File with this URL on its first line."`
	RedisNodes        []ops.HostPort `env:"SIM_REDIS_NODES" placeholder:"HOST:PORT" help:"Instead of a URL: Sentinels when --redis-master is given, nodes of a Redis cluster otherwise."`
	RedisMaster       string         `env:"SIM_REDIS_MASTER" placeholder:"NAME" help:"What the Sentinels call the Redis."`
	RedisPassword     ops.Secret     `env:"SIM_REDIS_PASSWORD" placeholder:"TEXT" help:"Password for --redis-nodes; better than here it is given in a file."`
	RedisPasswordFile string         `env:"SIM_REDIS_PASSWORD_FILE" placeholder:"FILE" help:"File with this password on its first line."`
}

// redis makes options of the flags. The error lists mistakes.
func (f *redisFlags) redis() (node.Redis, error) {
	url, errURL := ops.FromFile("redis", f.Redis, f.RedisFile)
	password, errPassword := ops.FromFile("redis-password", f.RedisPassword, f.RedisPasswordFile)
	r := node.Redis{URL: url.Reveal(), Master: f.RedisMaster, Password: password.Reveal()}
	for _, n := range f.RedisNodes {
		r.Nodes = append(r.Nodes, n.String())
	}
	return r, errors.Join(errURL, errPassword)
}

// peerFlags are by what the processes of a cluster know each other.
type peerFlags struct {
	RPCCert string `env:"SIM_RPC_CERT" name:"rpc-cert" placeholder:"FILE" help:"Certificate of this process for the others, PEM, with the DNS name sim-peer."`
	RPCKey  string `env:"SIM_RPC_KEY" name:"rpc-key" placeholder:"FILE" help:"Its key, PEM."`
	RPCCA   string `env:"SIM_RPC_CA" name:"rpc-ca" placeholder:"FILE" help:"Who certifies the others, PEM. Without these three, processes only call each other on one machine."`
}

func (f *peerFlags) credentials() node.Credentials {
	return node.Credentials{Cert: f.RPCCert, Key: f.RPCKey, CA: f.RPCCA}
}

// rpcFlags are what roles are told that others call.
type rpcFlags struct {
	RPC          ops.HostPort `default:"127.0.0.1:0" env:"SIM_RPC" name:"rpc" placeholder:"HOST:PORT" help:"Where the other processes call it; port 0 chooses a free one."`
	RPCAdvertise ops.HostPort `env:"SIM_RPC_ADVERTISE" name:"rpc-advertise" placeholder:"HOST:PORT" help:"The address that the others are told, when it is another."`
}

// common makes options of the flags. The error lists mistakes.
func (f *roleFlags) common(r rpcFlags) (node.Common, error) {
	redis, errRedis := f.redis()
	c := node.Common{
		ID: f.ID, Region: f.Region, HTTP: f.HTTP.String(),
		RPC: r.RPC.String(), Advertise: r.RPCAdvertise.String(),
		TLS: f.credentials(), Redis: redis,
	}
	var errHost error
	if c.ID == "" {
		c.ID, errHost = os.Hostname()
	}
	return c, errors.Join(errRedis, errHost)
}

// running is a role that was started.
type running interface {
	Ready() <-chan struct{}
	Failed() <-chan struct{}
	Err() error
	Close(context.Context) error
	RPCAddr() string
	HTTPAddr() string
}

// run says when a role is ready, and stops it in order at the first signal or
// when a part of it has failed. clients is empty for a role that has none; grace
// is what the stop may take beyond the usual.
func (p *process) run(role string, r running, clients string, grace time.Duration) error {
	var failed error
	ready := r.Ready()
	for stopped := false; !stopped; {
		select {
		case <-ready:
			fmt.Fprintln(p.out, readyLine(role, r, clients))
			ready = nil
		case <-p.Done():
			fmt.Fprintln(p.err, "stopping; press Ctrl-C again to stop at once")
			stopped = true
		case <-r.Failed():
			failed, stopped = r.Err(), true
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p), stopWithin+grace)
	defer cancel()
	return errors.Join(failed, r.Close(ctx))
}

// readyLine is what scripts wait for: sim ROLE is ready: NAME ADDRESS, ...
func readyLine(role string, r running, clients string) string {
	var parts []string
	for _, part := range [][2]string{{"clients", clients}, {"rpc", r.RPCAddr()}, {"operators", url(r.HTTPAddr())}} {
		if part[1] != "" {
			parts = append(parts, part[0]+" "+part[1])
		}
	}
	if len(parts) == 0 {
		return "sim " + role + " is ready"
	}
	return "sim " + role + " is ready: " + strings.Join(parts, ", ")
}

func url(addr string) string {
	if addr == "" {
		return ""
	}
	return "http://" + addr + "/readyz"
}

// started gives an error of a start its exit code.
func started(err error) error {
	var options *node.OptionsError
	if errors.As(err, &options) {
		return ops.Exit(ops.ExitUsage, err)
	}
	return err
}
