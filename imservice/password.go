package imservice

import (
	"context"

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
	turns    *turns
	counters *counters
}

var errHashesBusy = &rpc.Error{Code: msgdef.CodeBusy, Detail: "too many logins at once"}

func newHasher(o Options, c *counters) (*hasher, error) {
	h := &hasher{
		params: &argon2id.Params{
			Memory: o.Password.MemoryKiB, Iterations: o.Password.Iterations, Parallelism: o.Password.Parallelism,
			SaltLength: 16, KeyLength: 32,
		},
		turns:    newTurns(o.Limits.HashesAtOnce, o.Limits.HashesWaiting),
		counters: c,
	}
	var err error
	h.decoy, err = argon2id.CreateHash(string(newSecret(secretSize)), h.params)
	return h, err
}

// hash returns the encoded hash of a new password.
func (h *hasher) hash(ctx context.Context, r rank, password []byte) (string, error) {
	if err := h.turns.take(ctx, r); err != nil {
		return "", err
	}
	defer h.turns.done()
	h.counters.hashes.Add(1)
	return argon2id.CreateHash(string(password), h.params)
}

// verify compares in constant time. outdated tells that the hash has another
// cost than new ones.
func (h *hasher) verify(ctx context.Context, r rank, password []byte, encoded string) (same, outdated bool, err error) {
	if err := h.turns.take(ctx, r); err != nil {
		return false, false, err
	}
	defer h.turns.done()
	h.counters.hashes.Add(1)
	same, params, err := argon2id.CheckHash(string(password), encoded)
	return same, err == nil && *params != *h.params, err
}
