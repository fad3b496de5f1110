package imservice

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// A change of a password is one commit, see store.Verdict: the password, the
// tokens that go with the old one, the token of the device that asked, and an
// eviction of all sessions but that device's. So after a power cut all of it
// holds, or nothing.

var (
	errWrongPassword = &rpc.Error{Code: msgdef.CodeWrongPassword, Detail: "the old password is another"}
	errSamePassword  = &rpc.Error{Code: msgdef.CodeSamePassword, Detail: "the new password is the old one"}
	errOldSession    = &rpc.Error{Code: msgdef.CodeForbidden, Detail: "log in anew to change the password"}
	errNoPassword    = &rpc.Error{Code: msgdef.CodeForbidden, Detail: "the account has no password here: an issuer vouches for it"}
)

// passwordChanged is what is told where sessions end.
const passwordChanged = "the password was changed"

// ChangePassword implements rpc.Accounts. The old password is asked for within
// the limits of logins, and a change that was made counts like a wrong one: it
// costs as much.
func (s *Server) ChangePassword(ctx context.Context, req *rpc.PasswordChange) (*rpc.PasswordReply, error) {
	if err := s.enter(ctx, 0, 0); err != nil {
		return nil, err
	}
	defer s.leave()
	reply, err := s.tryPassword(ctx, req)
	if errors.Is(err, errStale) {
		err = errOldSession
	}
	if err != nil {
		return nil, s.failure(err)
	}
	return reply, nil
}

// tryPassword changes a password for who may and knows the old one.
func (s *Server) tryPassword(ctx context.Context, req *rpc.PasswordChange) (*rpc.PasswordReply, error) {
	a, err := s.logins.ownerOf(req)
	if err == nil {
		err = s.logins.checkNew(req.New)
	}
	if err == nil && bytes.Equal(req.Old, req.New) {
		err = errSamePassword
	}
	if err != nil {
		return nil, err
	}
	var encoded string
	g := guess{a.Name, a.UID, req.Device, req.Address}
	err = s.logins.guarded(g, errWrongPassword, func(r rank) (err error) {
		encoded, err = s.logins.exchangePassword(ctx, r, req, a)
		return err
	})
	if err != nil {
		return nil, err
	}
	reply, err := s.changePassword(req, a, encoded)
	if err == nil {
		s.logins.accounts.charge(g.ofDevice(), s.options.Now())
	}
	return reply, err
}

// ownerOf returns the account of a session that may change its password.
func (l *logins) ownerOf(req *rpc.PasswordChange) (a store.Account, err error) {
	if req.Device == 0 {
		return a, errBadDevice
	}
	if _, _, err = l.holds(req.UID, req.Device, req.Generation); err != nil {
		return a, err
	}
	if a, err = l.store.AccountByUID(req.UID); errors.Is(err, store.ErrNotFound) {
		err = errStale
	}
	if _, external := issuerOf(a); err == nil && external {
		err = errNoPassword
	}
	return a, err
}

// checkNew says what is wrong with a new password.
func (l *logins) checkNew(password []byte) error {
	switch n := len(password); {
	case n < max(l.minPassword, 1):
		return rpc.Errorf(msgdef.CodeWeakPassword, "a new password has at least %d bytes", max(l.minPassword, 1))
	case n > maxPassword:
		return rpc.Errorf(msgdef.CodeWeakPassword, "a password has at most %d bytes", maxPassword)
	case !utf8.Valid(password):
		return rpc.Errorf(msgdef.CodeWeakPassword, "a password is UTF-8")
	}
	return nil
}

// exchangePassword returns the hash of the new password for somebody who knows
// the old one.
func (l *logins) exchangePassword(ctx context.Context, r rank, req *rpc.PasswordChange, a store.Account) (string, error) {
	same, _, err := l.hasher.verify(ctx, r, req.Old, a.Password)
	switch {
	case err != nil:
		return "", err
	case !same:
		return "", errWrongPassword
	}
	return l.hasher.hash(ctx, r, req.New)
}

// changePassword commits a change, unless the account or the session has become
// another since they were looked at.
func (s *Server) changePassword(req *rpc.PasswordChange, a store.Account, encoded string) (*rpc.PasswordReply, error) {
	l := s.logins
	unlock, err := l.tokens.users.lock(a.UID)
	if err != nil {
		return nil, err
	}
	defer unlock()
	d, _, err := l.holds(req.UID, req.Device, req.Generation)
	if err == nil {
		err = l.tokens.unchanged(a)
	}
	if err != nil {
		return nil, err
	}
	now := s.options.Now()
	token, family := l.tokens.found(a.UID, req.Device, d.Generation+1, now)
	v := store.Verdict{UID: a.UID, Standing: d, Families: true, Family: &family, Password: &encoded}
	v.Eviction = store.Eviction{
		Code: msgdef.CodeRevoked, Detail: passwordChanged,
		Stays: store.Place{Device: req.Device, Gate: strings.Clone(req.Gate), Conn: req.Conn},
	}
	if err := s.pronounce(&v, now); err != nil {
		return nil, err
	}
	s.counters.passwords.Add(1)
	s.options.Logger.Info("a password was changed", "uid", a.UID, "account", a.Name, "device", req.Device, "address", req.Address)
	return &rpc.PasswordReply{Token: token, TokenExpires: family.Tokens[0].Expires.UnixMilli()}, nil
}

// SetPassword implements rpc.Moderation. The hash is made before the user's lock is
// taken.
func (s *Server) SetPassword(ctx context.Context, p *rpc.PasswordReset) (*rpc.AccountState, error) {
	if err := s.enter(ctx, 0, 0); err != nil {
		return nil, err
	}
	defer s.leave()
	if err := s.logins.checkNew(p.Password); err != nil {
		return nil, err
	}
	in := &rpc.Sanction{UID: p.UID, Account: p.Account, Reason: p.Reason}
	a, err := s.accused(in)
	if _, external := issuerOf(a); err == nil && external {
		err = errNoPassword
	}
	if err != nil {
		return nil, s.failure(err)
	}
	encoded, err := s.logins.hasher.hash(ctx, rankKnown, p.Password)
	if err != nil {
		return nil, s.failure(err)
	}
	return s.sanction(ctx, in, func(v *store.Verdict, in *rpc.Sanction, _ time.Time) bool {
		v.Families, v.Password = true, &encoded
		v.Eviction.Code, v.Eviction.Detail = msgdef.CodeRevoked, strings.Clone(in.Reason)
		s.counters.passwords.Add(1)
		return true
	})
}
