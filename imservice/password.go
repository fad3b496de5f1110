package imservice

import (
	"context"
	"sync/atomic"

	"github.com/alexedwards/argon2id"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

const maxPassword = 1024 // bytes

// hasher computes password hashes, a bounded number at a time: each takes
// memory and a core for tens of milliseconds, which is what makes guessing
// dear and what a flood of logins must not take from the messages.
type hasher struct {
	params   *argon2id.Params
	decoy    string // a hash that no password has, for accounts that do not exist
	slots    chan struct{}
	waiting  atomic.Int64
	limit    int64 // of waiting
	counters *counters
}

var errHashesBusy = &rpc.Error{Code: msgdef.CodeBusy, Detail: "too many logins at once"}

func newHasher(o Options, c *counters) (*hasher, error) {
	h := &hasher{
		params: &argon2id.Params{
			Memory: o.Password.MemoryKiB, Iterations: o.Password.Iterations, Parallelism: o.Password.Parallelism,
			SaltLength: 16, KeyLength: 32,
		},
		slots:    make(chan struct{}, o.Limits.HashesAtOnce),
		limit:    int64(o.Limits.HashesWaiting),
		counters: c,
	}
	var err error
	h.decoy, err = argon2id.CreateHash(string(newSecret(secretSize)), h.params)
	return h, err
}

// hash returns the encoded hash of a new password.
func (h *hasher) hash(ctx context.Context, password []byte) (string, error) {
	if err := h.acquire(ctx); err != nil {
		return "", err
	}
	defer h.release()
	return argon2id.CreateHash(string(password), h.params)
}

// verify compares in constant time. outdated tells that the hash has another
// cost than new ones.
func (h *hasher) verify(ctx context.Context, password []byte, encoded string) (same, outdated bool, err error) {
	if err := h.acquire(ctx); err != nil {
		return false, false, err
	}
	defer h.release()
	same, params, err := argon2id.CheckHash(string(password), encoded)
	return same, err == nil && *params != *h.params, err
}

func (h *hasher) acquire(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		h.counters.hashes.Add(1)
		return nil
	default:
	}
	if h.waiting.Add(1) > h.limit {
		h.waiting.Add(-1)
		return errHashesBusy
	}
	defer h.waiting.Add(-1)
	select {
	case h.slots <- struct{}{}:
		h.counters.hashes.Add(1)
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *hasher) release() { <-h.slots }
