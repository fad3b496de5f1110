package cluster

import (
	"fmt"
	"path/filepath"
	"strconv"

	"github.com/sim-im/sim/tools/keys"
)

// Names of the processes of which there is one.
const (
	redis     = "redis"
	nsqd      = "nsqd"
	imservice = "imservice"
	push      = "push"
)

// What the names of routes and gates begin with.
const (
	routePrefix = "route-"
	gatePrefix  = "gate-"
)

// layers returns the processes in the order of their start: who is in a later
// layer needs those before, and those of one may need one another. A layer is
// started, and stopped, as one.
func layers(o Options, folder keys.Folder) ([][]role, error) {
	var p ports
	r, n := redisRole(o, p.free()), nsqdRole(o, p.free())
	plan := [][]role{
		{r, n},
		append(imserviceRoles(o, r.addr, &p), routeRole(o, routePrefix+"1", r.addr, p.free(), p.free())),
		{routeRole(o, routePrefix+"2", r.addr, p.free(), p.free()), pushRole(o, r.addr, n.addr, p.free())},
	}
	var gates []role
	for i, addr := range o.Listen {
		name := gatePrefix + strconv.Itoa(i+1)
		gates = append(gates, gateRole(o, name, r.addr, p.takePair(addr), p.free(), p.free(), folder))
	}
	plan = append(plan, gates)
	return plan, p.release()
}

// redisRole keeps nothing on disk: what is in it comes back by itself.
func redisRole(o Options, addr string) role {
	host, port := split(addr)
	return role{
		name: redis, addr: addr, ready: onceListening(addr, ""),
		args: []string{o.Redis, "--bind", host, "--port", port, "--save", "", "--appendonly", "no", "--dir", o.Data},
	}
}

// nsqHello begins a connection of the second version of NSQ's protocol.
const nsqHello = "  V2"

func nsqdRole(o Options, addr string) role {
	return role{
		name: nsqd, addr: addr, ready: onceListening(addr, nsqHello),
		args: []string{o.Sim, "nsqd", "--data", filepath.Join(o.Data, "nsqd"), "--listen", addr},
	}
}

// imserviceRoles returns the first message service and, beside it, imservice-2 and
// so on.
func imserviceRoles(o Options, redis string, p *ports) []role {
	roles := []role{imserviceRole(o, imservice, redis, p.free(), p.free())}
	for n := 2; n <= o.Services; n++ {
		roles = append(roles, imserviceRole(o, fmt.Sprintf("%s-%d", imservice, n), redis, p.free(), p.free()))
	}
	return roles
}

func imserviceRole(o Options, name, redis, rpc, http string) role {
	args := []string{"--data", filepath.Join(o.Data, "store"), "--rpc", rpc}
	if o.Store != "" {
		args = []string{"--store", o.Store, "--rpc", rpc}
	}
	if o.Exempt != "" {
		args = append(args, "--exempt-prefix", o.Exempt)
	}
	args = append(args, o.ServiceFlags...)
	return simRole(o, "imservice", name, redis, rpc, http, args...)
}

// The one that is started first becomes master; when it goes, another does.
func routeRole(o Options, name, redis, rpc, http string) role {
	args := []string{"--rpc", rpc}
	if o.Policy != "" {
		args = append(args, "--login-policy", o.Policy)
	}
	return simRole(o, "route", name, redis, rpc, http, args...)
}

func gateRole(o Options, name, redis, addr, rpc, http string, folder keys.Folder) role {
	flags := []string{
		"--rpc", rpc, "--listen", addr, "--root-key", folder.RootKeyFile(), "--ticket-keys", folder.TicketKeysFile(),
		"--public-presence", "--admit-classical",
	}
	return simRole(o, "gate", name, redis, addr, http, append(flags, o.GateFlags...)...)
}

func pushRole(o Options, redis, nsqd, http string) role {
	args := []string{"--nsqd", nsqd, "--log-pushes"}
	if o.Webhook != "" {
		args = append(args, "--webhook", o.Webhook, "--webhook-secret-file", o.WebhookSecretFile)
	}
	return simRole(o, "push", push, redis, "", http, args...)
}

// simRole is a process of this program.
func simRole(o Options, command, name, redis, addr, http string, args ...string) role {
	common := []string{o.Sim, command, "--id", name, "--redis", "redis://" + redis, "--http", http}
	return role{name: name, addr: addr, http: http, ready: onceReady(http), args: append(common, args...)}
}
