package imservice

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// secretSize is the length of a token in bytes.
const secretSize = 32

var (
	errBadToken = &rpc.Error{Code: msgdef.CodeBadCredentials, Detail: "the token is not known here"}
	errExpired  = &rpc.Error{Code: msgdef.CodeTokenExpired, Detail: "the token has expired: log in by password"}
)

// tokens are proofs of an earlier login. The store has their hashes only, so
// whoever reads it cannot log in; and since what is looked up is a hash, the
// time of the look-up tells nothing of the token.
type tokens struct {
	store    store.Store
	people   *people
	limit    int // per user
	lifetime time.Duration
}

// issue makes a token for uid, dropping those too many. It returns when the
// token is durable.
func (t *tokens) issue(uid uint64, now time.Time) (secret []byte, expires time.Time, err error) {
	if secret, err = newSecret(); err != nil {
		return nil, expires, err
	}
	expires = now.Add(t.lifetime).Truncate(time.Millisecond)
	row := store.Token{Hash: sha256.Sum256(secret), UID: uid, Expires: expires}
	return secret, expires, t.store.PutToken(row, t.limit, now)
}

// check returns whom a token proves, and until when. name is what the client
// says its account is, or empty. The store is asked for the token every time,
// so that one it dropped is worth nothing from then on.
func (t *tokens) check(secret []byte, name string, now time.Time) (msgdef.User, time.Time, error) {
	if len(secret) != secretSize {
		return msgdef.User{}, time.Time{}, errBadToken
	}
	row, err := t.store.TokenByHash(sha256.Sum256(secret))
	if errors.Is(err, store.ErrNotFound) {
		return msgdef.User{}, time.Time{}, errBadToken
	}
	if err != nil {
		return msgdef.User{}, time.Time{}, err
	}
	if !now.Before(row.Expires) {
		return msgdef.User{}, time.Time{}, errExpired
	}
	user, err := t.people.named(row.UID)
	if errors.Is(err, store.ErrNotFound) || err == nil && name != "" && name != user.Name {
		return msgdef.User{}, time.Time{}, errBadToken
	}
	return user, row.Expires, err
}

func newSecret() ([]byte, error) {
	secret := make([]byte, secretSize)
	_, err := rand.Read(secret)
	return secret, err
}
