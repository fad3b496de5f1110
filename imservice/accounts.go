package imservice

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/sim-im/sim/imservice/issuer"
	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// logins decide who gets in.
type logins struct {
	store       store.Store
	log         *slog.Logger
	now         func() time.Time
	open        bool // the first login with a name creates its account
	minPassword int
	hasher      *hasher
	tokens      tokens
	issuers     *issuer.Set // nil: none is trusted
	accounts    *throttle   // wrong passwords by account name
	addresses   *throttle   // wrong passwords by source
	counters    *counters
}

var (
	errBadDevice   = &rpc.Error{Code: msgdef.CodeBadDevice, Detail: "a device id is not 0"}
	errBadMethod   = &rpc.Error{Code: msgdef.CodeBadCredentials, Detail: "this way to log in is not known here"}
	errBadPassword = &rpc.Error{Code: msgdef.CodeBadCredentials, Detail: "wrong account or password"}
	errPassword    = &rpc.Error{Code: msgdef.CodeBadCredentials, Detail: "a password is 1 to 1024 bytes"}
)

func newLogins(o Options, p *people, c *counters) (*logins, error) {
	h, err := newHasher(o, c)
	return &logins{
		store: o.Store, log: o.Logger, now: o.Now, open: o.OpenRegistration,
		minPassword: o.Limits.MinPassword,
		hasher:      h,
		tokens:      tokens{store: o.Store, people: p, limit: o.Limits.TokensPerUser, lifetime: o.Limits.TokenLifetime},
		issuers:     o.Issuers,
		accounts:    newThrottle(o.Limits.FailuresPerAccount),
		addresses:   newThrottle(o.Limits.FailuresPerAddress),
		counters:    c,
	}, err
}

// Login implements rpc.Accounts. A login by password returns a new token.
func (s *Server) Login(ctx context.Context, req *rpc.LoginRequest) (*rpc.LoginReply, error) {
	if err := s.enter(ctx, 0, 0); err != nil {
		return nil, err
	}
	defer s.leave()
	reply, err := s.logins.login(ctx, req)
	if err != nil {
		return nil, s.failure(err)
	}
	cursor, err := s.devices.login(reply.UID, req.Device, s.options.Now().UnixMilli())
	if err != nil {
		return nil, s.failure(err)
	}
	return s.admit(reply, cursor)
}

// admit completes a reply with what does not depend on how the user got in.
func (s *Server) admit(reply *rpc.LoginReply, cursor uint64) (*rpc.LoginReply, error) {
	head, err := s.heads.users.durable(reply.UID)
	if err != nil {
		return nil, s.failure(err)
	}
	reply.Cursor = min(cursor, head)
	reply.Exempt = s.options.Exempt(reply.Account)
	s.counters.logins.Add(1)
	return reply, nil
}

func (l *logins) login(ctx context.Context, req *rpc.LoginRequest) (*rpc.LoginReply, error) {
	if req.Device == 0 {
		return nil, errBadDevice
	}
	switch req.Method {
	case msgdef.AuthPassword:
		account, err := l.byPassword(ctx, req)
		if err != nil {
			return nil, err
		}
		return l.welcome(account)
	case msgdef.AuthToken:
		user, expires, err := l.tokens.check(req.Secret, req.Account, l.now())
		if errors.Is(err, errBadToken) || errors.Is(err, errExpired) {
			l.counters.badLogins.Add(1)
		}
		return replyFor(user, nil, expires), err
	case msgdef.AuthIssuer:
		return l.byIssuer(ctx, req)
	}
	return nil, errBadMethod
}

// welcome returns a reply with a new token; without one when the store is full,
// because then people may still read.
func (l *logins) welcome(a store.Account) (*rpc.LoginReply, error) {
	user := msgdef.User{UID: a.UID, Name: a.Name}
	token, expires, err := l.tokens.issue(a.UID, l.now())
	if errors.Is(err, store.ErrFull) {
		l.log.Warn("a login got no token: the store is full", "account", a.Name)
		return replyFor(user, nil, time.UnixMilli(0)), nil
	}
	return replyFor(user, token, expires), err
}

func replyFor(u msgdef.User, token []byte, expires time.Time) *rpc.LoginReply {
	return &rpc.LoginReply{UID: u.UID, Account: u.Name, Token: token, TokenExpires: expires.UnixMilli()}
}

// byPassword checks a password within the limits on wrong ones.
func (l *logins) byPassword(ctx context.Context, req *rpc.LoginRequest) (store.Account, error) {
	if err := checkName(req.Account); err != nil {
		return store.Account{}, err
	}
	if len(req.Secret) == 0 || len(req.Secret) > maxPassword {
		return store.Account{}, errPassword
	}
	from, now := source(req.Address), l.now()
	if wait, ok := l.accounts.charge(req.Account, now); !ok {
		return store.Account{}, l.throttled(wait)
	}
	if wait, ok := l.addresses.charge(from, now); !ok {
		l.accounts.refund(req.Account)
		return store.Account{}, l.throttled(wait)
	}
	account, err := l.authenticate(ctx, req)
	if errors.Is(err, errBadPassword) {
		l.counters.badLogins.Add(1)
		l.log.Info("wrong password", "account", req.Account, "address", req.Address)
		return account, err
	}
	if errors.Is(err, errHashesBusy) {
		l.counters.throttled.Add(1)
	}
	l.accounts.refund(req.Account)
	l.addresses.refund(from)
	return account, err
}

// authenticate finds the account, or creates it where that is allowed. Each
// outcome about the password costs one hash, so the time does not tell which
// names exist.
func (l *logins) authenticate(ctx context.Context, req *rpc.LoginRequest) (store.Account, error) {
	account, err := l.store.AccountByName(req.Account)
	switch {
	case err == nil:
		return account, l.verify(ctx, req.Secret, l.passwordOf(account))
	case !errors.Is(err, store.ErrNotFound):
		return account, err
	case !l.open || l.issuers.Reserved(req.Account):
		if err := l.verify(ctx, req.Secret, l.hasher.decoy); err != nil {
			return account, err
		}
		return account, errBadPassword
	}
	return l.register(ctx, req)
}

// passwordOf returns the hash to compare with, which no password has where the
// account has none.
func (l *logins) passwordOf(a store.Account) string {
	if _, external := issuerOf(a); external {
		return l.hasher.decoy
	}
	return a.Password
}

func (l *logins) verify(ctx context.Context, password []byte, encoded string) error {
	same, err := l.hasher.verify(ctx, password, encoded)
	if err != nil {
		return err
	}
	if !same {
		return errBadPassword
	}
	return nil
}

func (l *logins) register(ctx context.Context, req *rpc.LoginRequest) (store.Account, error) {
	if len(req.Secret) < l.minPassword {
		return store.Account{}, rpc.Errorf(msgdef.CodeBadCredentials, "a new password has at least %d bytes", l.minPassword)
	}
	encoded, err := l.hasher.hash(ctx, req.Secret)
	if err != nil {
		return store.Account{}, err
	}
	account, err := l.store.CreateAccount(req.Account, encoded, l.now())
	if errors.Is(err, store.ErrExists) {
		// Somebody was faster; whether it is the same person the password tells.
		if account, err = l.store.AccountByName(req.Account); err != nil {
			return account, fmt.Errorf("account that exists: %w", err)
		}
		return account, l.verify(ctx, req.Secret, l.passwordOf(account))
	}
	if err == nil {
		l.counters.registrations.Add(1)
	}
	return account, err
}

func (l *logins) throttled(wait time.Duration) error {
	l.counters.throttled.Add(1)
	busy := rpc.Errorf(msgdef.CodeBusy, "too many wrong passwords: try again in %s", wait)
	busy.Retry = uint32(min(wait, time.Hour) / time.Millisecond)
	return busy
}
