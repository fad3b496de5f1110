package imservice

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/sim-im/sim/imservice/issuer"
	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// externalMark stands before the issuer of an account where others have the
// hash of their password. No hash begins so: an account is its issuer's, or has
// a password, and never both.
const externalMark = "$issuer$"

// issuerOf returns whose account it is; ok is false for one with a password.
func issuerOf(a store.Account) (name string, ok bool) {
	return strings.CutPrefix(a.Password, externalMark)
}

var (
	errNoIssuers = &rpc.Error{Code: msgdef.CodeBadCredentials, Detail: "no issuer of tokens is trusted here"}
	errNotTheirs = &rpc.Error{Code: msgdef.CodeBadAccount, Detail: "an account of this name is not of that issuer"}
)

// byIssuer takes the word of an issuer for who somebody is. Its accounts are
// made at their first login. They get no token of ours: an issuer that does not
// know somebody any more ends their logins.
func (l *logins) byIssuer(ctx context.Context, req *rpc.LoginRequest) (*rpc.LoginReply, error) {
	if l.issuers == nil {
		return nil, errNoIssuers
	}
	from := source(req.Address)
	if wait, ok := l.addresses.charge(from, l.now()); !ok {
		return nil, l.throttled(wait)
	}
	id, err := l.issuers.Verify(ctx, req.Account, req.Secret)
	if err != nil {
		return nil, l.issuerFailed(from, req, err)
	}
	l.addresses.refund(from)
	account, err := l.accountOf(id)
	if err != nil {
		return nil, err
	}
	return l.reply(l.tokens.vouch(msgdef.User{UID: account.UID, Name: account.Name}, req.Device, id.Expires, l.now()))
}

// issuerFailed says why a token was not taken. Only a wrong one counts as an
// attempt.
func (l *logins) issuerFailed(from string, req *rpc.LoginRequest, err error) error {
	code := msgdef.CodeUnavailable
	switch {
	case errors.Is(err, issuer.ErrToken):
		code = msgdef.CodeBadCredentials
	case errors.Is(err, issuer.ErrExpired):
		code = msgdef.CodeTokenExpired
	case errors.Is(err, issuer.ErrBusy):
		code = msgdef.CodeBusy
	}
	if code == msgdef.CodeBadCredentials || code == msgdef.CodeTokenExpired {
		l.counters.badLogins.Add(1)
	} else {
		l.addresses.refund(from)
		l.log.Warn("a token could not be checked", "error", err)
	}
	if code == msgdef.CodeBadCredentials {
		l.log.Info("wrong token of an issuer", "account", req.Account, "address", req.Address, "error", err)
	}
	return rpc.Errorf(code, "%v", err)
}

// accountOf finds or makes the account of an identity.
func (l *logins) accountOf(id issuer.Identity) (store.Account, error) {
	if err := checkName(id.Account); err != nil {
		return store.Account{}, err
	}
	account, err := l.store.AccountByName(id.Account)
	if errors.Is(err, store.ErrNotFound) {
		account, err = l.store.CreateAccount(id.Account, externalMark+id.Issuer, l.now())
		switch {
		case err == nil:
			l.counters.registrations.Add(1)
		case errors.Is(err, store.ErrExists): // somebody was faster
			account, err = l.store.AccountByName(id.Account)
		}
	}
	if err != nil {
		return account, fmt.Errorf("account of an issuer: %w", err)
	}
	if account.Password == "" {
		return account, errRemoved
	}
	if name, ok := issuerOf(account); !ok || name != id.Issuer {
		return account, errNotTheirs
	}
	return account, nil
}
