package redis

import (
	"context"
	"errors"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// pipe makes one round trip of the commands that fill adds. It returns the first
// error that is not of a missing key.
func (r *Registry) pipe(ctx context.Context, fill func(goredis.Pipeliner)) error {
	p := r.client.Pipeline()
	fill(p)
	if p.Len() == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, r.options.Timeout)
	defer cancel()
	commands, err := p.Exec(ctx)
	for _, c := range commands {
		if err := c.Err(); err != nil && !errors.Is(err, goredis.Nil) {
			return err
		}
	}
	if errors.Is(err, goredis.Nil) {
		return nil
	}
	return err
}

// number runs a script that answers with one.
func (r *Registry) number(ctx context.Context, script string, keys []string, args ...any) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, r.options.Timeout)
	defer cancel()
	return r.client.Eval(ctx, script, keys, args...).Int()
}

// failed makes what went wrong with Redis an error of the contract.
func (r *Registry) failed(ctx context.Context, err error) error {
	var e *rpc.Error
	if errors.As(err, &e) {
		return e
	}
	if ctx.Err() != nil {
		return rpc.Errorf(msgdef.CodeTimeout, "registry: %s: %v", r.options.where(), ctx.Err())
	}
	return rpc.Errorf(msgdef.CodeUnavailable, "registry: %s: %v", r.options.where(), err)
}
