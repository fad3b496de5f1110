package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// credentials are the proofs a client can give, the best first. One that the
// server refused is not given again while there is another:
//
//	token of the newest LoginOK ─ token of State ─ token of Options ─ password
//
// or, alone, a token of an issuer outside, which is asked for each time.
//
// A token is exchanged for another now and then. So that of State goes first: one
// that the app kept may be what it was exchanged for, and showing that would end
// both.
type credentials struct {
	account string
	list    []proof
}

// proof is one way to log in.
type proof struct {
	method  msgdef.AuthMethod
	secret  []byte    // nil for a token of an issuer that was not asked for yet
	expires time.Time // zero: not known
}

func newCredentials(o Options, saved Snapshot) credentials {
	k := credentials{account: o.Account}
	if k.account == "" {
		k.account = saved.Account
	}
	if o.TokenSource != nil {
		k.list = []proof{{method: msgdef.AuthIssuer}}
		return k
	}
	if len(saved.Token) > 0 {
		k.list = append(k.list, proof{method: msgdef.AuthToken, secret: bytes.Clone(saved.Token), expires: saved.TokenExpires})
	}
	if len(o.Token) > 0 && !bytes.Equal(saved.Token, o.Token) {
		k.list = append(k.list, proof{method: msgdef.AuthToken, secret: bytes.Clone(o.Token)})
	}
	if o.Password != "" {
		k.list = append(k.list, proof{method: msgdef.AuthPassword, secret: []byte(o.Password)})
	}
	return k
}

// best returns the proof to give now. A token past its time is passed over
// when there is something else. The list is not empty.
func (k *credentials) best(now time.Time) proof {
	for _, p := range k.list {
		if p.expires.IsZero() || now.Before(p.expires) {
			return p
		}
	}
	return k.list[0]
}

// prove asks for the token of an issuer, if that is the proof and it is not
// there yet.
func (c *Client) prove(ctx context.Context, p *proof) error {
	if p.method != msgdef.AuthIssuer || p.secret != nil {
		return nil
	}
	token, err := c.opts.TokenSource(ctx)
	if err == nil && (len(token) == 0 || len(token) > 2048) {
		err = fmt.Errorf("%d bytes; 1 to 2048", len(token))
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrToken, err)
	}
	p.secret = token
	return nil
}

// refused drops a token that the server did not take, and reports whether
// there is something else to try.
func (k *credentials) refused(p proof, err error) bool {
	var e *Error
	if p.method != msgdef.AuthToken || !errors.As(err, &e) || errors.Is(err, ErrUnconfirmed) {
		return false
	}
	switch e.Code {
	case msgdef.CodeBadCredentials, msgdef.CodeTokenExpired, msgdef.CodeRevoked, msgdef.CodeTokenReused:
	default:
		return false
	}
	if len(k.list) == 1 {
		return false
	}
	for i := range k.list {
		if bytes.Equal(k.list[i].secret, p.secret) && k.list[i].method == p.method {
			k.list = append(k.list[:i], k.list[i+1:]...)
			return true
		}
	}
	return false
}

// granted puts a new token before everything else; earlier tokens are
// forgotten. It is nothing to who has those of an issuer.
func (k *credentials) granted(token []byte, expires time.Time) {
	if k.list[0].method == msgdef.AuthIssuer {
		return
	}
	list := []proof{{method: msgdef.AuthToken, secret: token, expires: expires}}
	for _, p := range k.list {
		if p.method == msgdef.AuthPassword {
			list = append(list, p)
		}
	}
	k.list = list
}

// renewed leaves a token alone: a password given before is another by now.
func (k *credentials) renewed(token []byte, expires time.Time) {
	k.list = []proof{{method: msgdef.AuthToken, secret: token, expires: expires}}
}

// expiry reads a time in Unix milliseconds, of which 0 means not known.
func expiry(milliseconds int64) time.Time {
	if milliseconds == 0 {
		return time.Time{}
	}
	return time.UnixMilli(milliseconds)
}
