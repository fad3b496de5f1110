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

	// errChanged is for who was checked while the account became another.
	errChanged = &rpc.Error{Code: msgdef.CodeBusy, Detail: "the account was changed just now: try again", Retry: 100}
)

func newLogins(o Options, p *people, c *counters, reused func(store.Family, *rpc.LoginRequest) error) (*logins, error) {
	h, err := newHasher(o, c)
	return &logins{
		store: o.Store, log: o.Logger, now: o.Now, open: o.OpenRegistration,
		minPassword: o.Limits.MinPassword,
		hasher:      h,
		tokens: tokens{
			store: o.Store, people: p, users: newUserLocks(o.Store), counters: c, reused: reused,
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
	g, err := l.tokens.issue(a, device, l.now())
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
	account, err := l.store.AccountByName(req.Account)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return account, err
	}
	err = l.guarded(guess{req.Account, account.UID, req.Device, req.Address}, errBadPassword, func(r rank) error {
		return l.authenticate(ctx, r, req, &account)
	})
	return account, err
}

// authenticate checks the password of an account, or creates it where there is
// none and that is allowed. Each outcome about the password costs one hash, so the
// time does not tell which names exist.
func (l *logins) authenticate(ctx context.Context, r rank, req *rpc.LoginRequest, a *store.Account) error {
	if a.UID != 0 || !l.open || l.issuers.Reserved(req.Account) {
		return l.verify(ctx, r, req.Secret, a)
	}
	return l.register(ctx, r, req, a)
}

// verify compares with the password of an account. One that has none, because it
// is an issuer's, or is not there, or was removed, costs the same as one that has
// another.
func (l *logins) verify(ctx context.Context, r rank, password []byte, a *store.Account) error {
	encoded := a.Password
	_, external := issuerOf(*a)
	none := encoded == "" || external
	if none {
		encoded = l.hasher.decoy
	}
	same, outdated, err := l.hasher.verify(ctx, r, password, encoded)
	switch {
	case err != nil:
		return err
	case none || !same:
		return errBadPassword
	case outdated:
		l.rehash(ctx, r, password, a)
	}
	return nil
}

// rehash gives a password that was right the cost that is configured now. It
// may fail: the old hash holds.
func (l *logins) rehash(ctx context.Context, r rank, password []byte, a *store.Account) {
	encoded, err := l.hasher.hash(ctx, r, password)
	if err == nil {
		err = l.replace(a, encoded)
	}
	if err != nil {
		l.log.Info("a password keeps the cost of before", "account", a.Name, "error", err)
		return
	}
	l.counters.rehashes.Add(1)
}

// replace stores another hash of a password that is still the account's.
func (l *logins) replace(a *store.Account, encoded string) error {
	unlock, err := l.tokens.users.lock(a.UID)
	if err != nil {
		return err
	}
	defer unlock()
	if err = l.tokens.unchanged(*a); err == nil {
		err = l.store.PutPassword(a.UID, encoded)
	}
	if err == nil {
		a.Password = encoded
	}
	return err
}

// register makes an account.
func (l *logins) register(ctx context.Context, r rank, req *rpc.LoginRequest, a *store.Account) error {
	if len(req.Secret) < l.minPassword {
		return rpc.Errorf(msgdef.CodeBadCredentials, "a new password has at least %d bytes", l.minPassword)
	}
	encoded, err := l.hasher.hash(ctx, r, req.Secret)
	if err != nil {
		return err
	}
	*a, err = l.store.CreateAccount(req.Account, encoded, l.now())
	if errors.Is(err, store.ErrExists) {
		// Somebody was faster; whether it is the same person the password tells.
		if *a, err = l.store.AccountByName(req.Account); err != nil {
			return fmt.Errorf("account that exists: %w", err)
		}
		return l.verify(ctx, r, req.Secret, a)
	}
	if err == nil {
		l.counters.registrations.Add(1)
	}
	return err
}
