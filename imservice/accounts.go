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

func newLogins(o Options, p *people, c *counters, reused func(store.Family, *rpc.LoginRequest) error) (*logins, error) {
	h, err := newHasher(o, c)
	return &logins{
		store: o.Store, log: o.Logger, now: o.Now, open: o.OpenRegistration,
		minPassword: o.Limits.MinPassword,
		hasher:      h,
		tokens: tokens{
			store: o.Store, people: p, users: new(userLocks), counters: c, reused: reused,
			limit: o.Limits.TokensPerUser, lifetime: o.Limits.TokenLifetime, rotation: o.Limits.TokenRotation,
		},
		accounts:  newThrottle(o.Limits.FailuresPerAccount),
		addresses: newThrottle(o.Limits.FailuresPerAddress),
		counters:  c,
		issuers:   o.Issuers,
	}, err
}

// Login implements rpc.Accounts. A login by password returns a new token, and
// one by a token that is old another one for it.
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
	if reply, err = s.admit(reply, cursor); err == nil {
		s.counters.logins.Add(1)
	}
	return reply, err
}

// admit completes a reply with what does not depend on how the user got in.
func (s *Server) admit(reply *rpc.LoginReply, cursor uint64) (*rpc.LoginReply, error) {
	head, err := s.heads.users.durable(reply.UID)
	if err != nil {
		return nil, s.failure(err)
	}
	reply.Cursor = min(cursor, head)
	reply.Exempt = s.options.Exempt(reply.Account)
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
		return l.welcome(account, req.Device)
	case msgdef.AuthToken:
		g, err := l.tokens.redeem(req, l.now())
		if errors.Is(err, errBadToken) || errors.Is(err, errExpired) || errors.Is(err, errReused) {
			l.counters.badLogins.Add(1)
		}
		return l.reply(g, err)
	case msgdef.AuthIssuer:
		return l.byIssuer(ctx, req)
	}
	return nil, errBadMethod
}

// welcome returns a reply with the first token of a family, unless the account
// may not log in. Whoever calls it has checked a proof.
func (l *logins) welcome(a store.Account, device uint64) (*rpc.LoginReply, error) {
	g, err := l.tokens.issue(msgdef.User{UID: a.UID, Name: a.Name}, device, l.now())
	if err == nil && g.token == nil {
		l.log.Warn("a login got no token: the store is full", "account", a.Name)
	}
	return l.reply(g, err)
}

// reply says what a proof is good for. It counts who is kept out in spite of one.
func (l *logins) reply(g grant, err error) (*rpc.LoginReply, error) {
	if err != nil {
		if rpc.CodeOf(err) == msgdef.CodeBanned {
			l.counters.bannedLogins.Add(1)
		}
		return nil, err
	}
	return &rpc.LoginReply{
		UID: g.user.UID, Account: g.user.Name, Generation: g.generation,
		Token: g.token, TokenExpires: g.expires.UnixMilli(),
	}, nil
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
		return account, l.verify(ctx, req.Secret, account)
	case !errors.Is(err, store.ErrNotFound):
		return account, err
	case !l.open || l.issuers.Reserved(req.Account):
		return account, l.verify(ctx, req.Secret, store.Account{})
	}
	return l.register(ctx, req)
}

// verify compares with the password of an account. One that has none, because it
// is an issuer's, or is not there, or was removed, costs the same as one that has
// another.
func (l *logins) verify(ctx context.Context, password []byte, a store.Account) error {
	encoded := a.Password
	_, external := issuerOf(a)
	none := encoded == "" || external
	if none {
		encoded = l.hasher.decoy
	}
	same, outdated, err := l.hasher.verify(ctx, password, encoded)
	switch {
	case err != nil:
		return err
	case none || !same:
		return errBadPassword
	case outdated:
		l.rehash(ctx, password, a)
	}
	return nil
}

// rehash gives a password that was right the cost that is configured now. It
// may fail: the old hash holds.
func (l *logins) rehash(ctx context.Context, password []byte, a store.Account) {
	encoded, err := l.hasher.hash(ctx, password)
	if err == nil {
		defer l.tokens.users.lock(a.UID)()
		var now store.Account
		if now, err = l.store.AccountByUID(a.UID); err == nil && now.Password == a.Password {
			err = l.store.PutPassword(a.UID, encoded)
		}
	}
	if err != nil {
		l.log.Info("a password keeps the cost of before", "account", a.Name, "error", err)
		return
	}
	l.counters.rehashes.Add(1)
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
		return account, l.verify(ctx, req.Secret, account)
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
