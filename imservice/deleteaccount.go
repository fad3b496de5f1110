package imservice

import (
	"context"
	"errors"

	"github.com/sim-im/sim/imservice/issuer"
	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// A user deletes their own account with a fresh proof: a session that was stolen, or
// left alone for a moment, does not have one. From there on it is what an operator does,
// see Remove.

var (
	errWrongProof = &rpc.Error{Code: msgdef.CodeWrongPassword, Detail: "the password is another"}
	errWrongToken = &rpc.Error{Code: msgdef.CodeWrongPassword, Detail: "the token does not prove this account now"}
	errOtherProof = &rpc.Error{Code: msgdef.CodeForbidden, Detail: "the account is proven otherwise"}
	errOldDelete  = &rpc.Error{Code: msgdef.CodeForbidden, Detail: "log in anew to delete the account"}
)

// deletedByUser is what is told where sessions end.
const deletedByUser = "the account was deleted by its user"

// DeleteAccount implements rpc.Accounts. Guesses count like those of logins.
func (s *Server) DeleteAccount(ctx context.Context, req *rpc.AccountDeletion) error {
	if err := s.enter(ctx, 0, 0); err != nil {
		return err
	}
	defer s.leave()
	err := s.tryDelete(ctx, req)
	if errors.Is(err, errStale) {
		err = errOldDelete
	}
	if err != nil {
		return s.failure(err)
	}
	return nil
}

// tryDelete deletes an account for who may. One that was deleted before is: an answer
// was lost.
func (s *Server) tryDelete(ctx context.Context, req *rpc.AccountDeletion) error {
	if req.Device == 0 {
		return errBadDevice
	}
	d, err := s.options.Store.Standing(req.UID)
	if err != nil || d.Removed {
		return err
	}
	if _, _, err = s.logins.holds(req.UID, req.Device, req.Generation); err != nil {
		return err
	}
	a, err := s.options.Store.AccountByUID(req.UID)
	if err == nil {
		err = s.logins.proves(ctx, req, a)
	}
	if err != nil {
		return err
	}
	return s.deleteProven(req, a)
}

// proves returns nil when a request has a proof of its account.
func (l *logins) proves(ctx context.Context, req *rpc.AccountDeletion, a store.Account) error {
	name, external := issuerOf(a)
	switch {
	case external && req.Method == msgdef.AuthIssuer:
		return l.provesToIssuer(ctx, req, a, name)
	case external || req.Method != msgdef.AuthPassword:
		return errOtherProof
	case len(req.Secret) == 0 || len(req.Secret) > maxPassword:
		return errWrongProof
	}
	return l.guarded(guess{a.Name, a.UID, req.Device, req.Address}, errWrongProof, func(r rank) error {
		same, _, err := l.hasher.verify(ctx, r, req.Secret, a.Password)
		if err == nil && !same {
			err = errWrongProof
		}
		return err
	})
}

// provesToIssuer has the issuer of an account say that a token is of it, as at a login.
func (l *logins) provesToIssuer(ctx context.Context, req *rpc.AccountDeletion, a store.Account, name string) error {
	if l.issuers == nil {
		return errNoIssuers
	}
	from := source(req.Address)
	if wait, ok := l.addresses.charge(from, l.now()); !ok {
		return l.throttled(wait)
	}
	id, err := l.issuers.Verify(ctx, a.Name, req.Secret)
	switch {
	case errors.Is(err, issuer.ErrToken), errors.Is(err, issuer.ErrExpired):
		l.counters.badLogins.Add(1)
		return errWrongToken
	case err != nil:
		return l.issuerFailed(from, &rpc.LoginRequest{Account: a.Name, Address: req.Address}, err)
	case id.Account != a.Name || id.Issuer != name:
		return errWrongToken
	}
	l.addresses.refund(from)
	return nil
}

// deleteProven commits a deletion, unless the account or the session has become another
// since they were looked at.
func (s *Server) deleteProven(req *rpc.AccountDeletion, a store.Account) error {
	l := s.logins
	unlock, err := l.tokens.users.lock(a.UID)
	if err != nil {
		return err
	}
	defer unlock()
	now := s.options.Now()
	d, err := s.options.Store.Standing(a.UID)
	if err != nil || d.Removed {
		return err
	}
	if d, _, err = l.holds(req.UID, req.Device, req.Generation); err == nil {
		err = l.tokens.unchanged(a)
	}
	if err != nil {
		return err
	}
	v := store.Verdict{UID: a.UID, Standing: d}
	s.remove(&v, deletedByUser, now)
	if err := s.pronounce(&v, now); err != nil {
		return err
	}
	s.options.Logger.Info("an account was deleted by its user", "uid", a.UID, "account", a.Name, "device", req.Device, "address", req.Address)
	return nil
}
