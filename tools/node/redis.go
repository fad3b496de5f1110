package node

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/sim-im/sim/route/registry"
	"github.com/sim-im/sim/route/registry/redis"
)

// Redis says where the registry is kept: URL, or Nodes.
type Redis struct {
	URL string // redis://[user:password@]host:port[/db], rediss:// for TLS

	Nodes    []string // HOST:PORT of Sentinels with Master, of a Redis cluster without
	Master   string   // name of what the Sentinels watch
	Password string   // of Nodes' Redis
}

func (r Redis) validate() error {
	switch {
	case r.URL == "" && len(r.Nodes) == 0:
		return errors.New("--redis: is needed, or --redis-nodes")
	case r.URL != "" && len(r.Nodes) > 0:
		return errors.New("--redis and --redis-nodes: give one of them")
	case r.Master != "" && len(r.Nodes) == 0:
		return errors.New("--redis-master: needs Sentinels in --redis-nodes")
	}
	if err := r.options().Validate(); err != nil {
		return fmt.Errorf("--redis: %w", err)
	}
	return nil
}

func (r Redis) options() redis.Options {
	return redis.Options{
		URL: r.URL, Addrs: r.Nodes, MasterName: r.Master, Cluster: len(r.Nodes) > 0 && r.Master == "",
		Password: r.Password,
	}
}

// open does not need Redis to be there.
func (r Redis) open(logger *slog.Logger, now func() time.Time) (registry.Registry, error) {
	o := r.options()
	o.Logger, o.Now = logger, now
	return redis.Open(o)
}
