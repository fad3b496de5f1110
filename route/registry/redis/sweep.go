package redis

import (
	"context"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route/registry"
)

const (
	sweepChunk = 500             // sessions in a round trip
	sweepLock  = 5 * time.Second // after which a sweep that died is in nobody's way
)

// sweeping is one call of Sweep that was let in.
type sweeping struct {
	*Registry
	region string
	left   int // sessions that may still be removed
}

// Sweep implements registry.Registry.
func (r *Registry) Sweep(ctx context.Context, region string, term uint64, limit int) (removed int, more bool, err error) {
	if err := registry.CheckSweep(region, limit); err != nil {
		return 0, false, err
	}
	token := draw().text()
	if err := r.fence(ctx, region, term, token); err != nil {
		return 0, false, err
	}
	defer r.unlock(ctx, region, token)
	s := sweeping{r, region, limit}
	more, err = s.all(ctx)
	if err != nil {
		err = r.failed(ctx, err)
	}
	return limit - s.left, more, err
}

// fence lets the highest term in, one at a time.
func (r *Registry) fence(ctx context.Context, region string, term uint64, token string) error {
	timed, cancel := context.WithTimeout(ctx, r.options.Timeout)
	defer cancel()
	answer, err := r.client.Eval(timed, scriptFence, []string{r.keys.term(region), r.keys.sweep(region)},
		digits(term), token, sweepLock.Milliseconds()).Text()
	switch {
	case err != nil:
		return r.failed(ctx, err)
	case answer == "":
		return nil
	case answer == "busy":
		return rpc.Errorf(msgdef.CodeBusy, "region %s is being swept", region)
	}
	return r.refusals.Term(region, term, strings.TrimLeft(answer, "0"))
}

func (r *Registry) unlock(ctx context.Context, region, token string) {
	_, _ = r.number(context.WithoutCancel(ctx), scriptUnlock, []string{r.keys.sweep(region)}, token) // else it expires
}

// all sweeps every dead incarnation of the region, as far as the limit allows.
func (s *sweeping) all(ctx context.Context) (more bool, err error) {
	dead, err := s.dead(ctx)
	if err != nil {
		return false, err
	}
	for _, name := range dead {
		in, gate, _ := decodeImageName(name) // a name that is none has no sessions
		if more, err := s.one(ctx, in, gate); more || err != nil {
			return more, err
		}
		if err := s.client.SRem(ctx, s.keys.images(s.region), name).Err(); err != nil {
			return false, err
		}
	}
	return false, nil
}

// dead returns the names of the incarnations that no lease names. They never
// come to life again.
func (s *sweeping) dead(ctx context.Context) (dead []string, err error) {
	names, err := s.client.SMembers(ctx, s.keys.images(s.region)).Result()
	if err != nil {
		return nil, err
	}
	leases := make([]*goredis.SliceCmd, len(names))
	err = s.pipe(ctx, func(p goredis.Pipeliner) {
		for n, name := range names {
			_, gate, _ := decodeImageName(name) // a name that is none has no lease
			leases[n] = p.HMGet(ctx, s.keys.lease(registry.Gate, gate), "current", "next")
		}
	})
	if err != nil {
		return nil, err
	}
	for n, name := range names {
		in, _, _ := decodeImageName(name)
		named := leases[n].Val() // current, next: each a string or nil
		if named[0] != in.text() && named[1] != in.text() {
			dead = append(dead, name)
		}
	}
	return dead, nil
}

// one sweeps an incarnation.
func (s *sweeping) one(ctx context.Context, in incarnation, gate string) (more bool, err error) {
	index := s.keys.index(gate, in)
	for {
		entries, err := s.client.SRandMemberN(ctx, index, int64(min(max(s.left, 1), sweepChunk))).Result()
		if err != nil || len(entries) == 0 {
			return false, err
		}
		if s.left == 0 {
			return true, nil
		}
		if err := s.remove(ctx, in, entries); err != nil {
			return true, err
		}
		if err := s.client.SRem(ctx, index, entries).Err(); err != nil {
			return true, err
		}
		s.left -= len(entries)
	}
}

// remove deletes rows. Their field carries the incarnation, so that no row of
// another one is met.
func (s *sweeping) remove(ctx context.Context, in incarnation, entries []string) error {
	return s.pipe(ctx, func(p goredis.Pipeliner) {
		for _, e := range entries {
			if uid, conn, err := decodeEntry(e); err == nil {
				p.HDel(ctx, s.keys.conn(uid), rowField(in, conn))
			}
		}
	})
}
