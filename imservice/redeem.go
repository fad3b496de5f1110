package imservice

import (
	"errors"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// tokens are proofs of an earlier login, one family for each device.
type tokens struct {
	store    store.Store
	people   *people
	users    *userLocks
	limit    int // families of a user
	lifetime time.Duration
	rotation time.Duration
	counters *counters

	// reused ends a family of which a token was used twice, and says so. The
	// user's lock is held.
	reused func(store.Family, *rpc.LoginRequest) error
}

var (
	errBadToken  = &rpc.Error{Code: msgdef.CodeBadCredentials, Detail: "the token is not known here"}
	errExpired   = &rpc.Error{Code: msgdef.CodeTokenExpired, Detail: "the token has expired: log in by password"}
	errReused    = &rpc.Error{Code: msgdef.CodeTokenReused, Detail: reusedDetail}
	errLateToken = &rpc.Error{Code: msgdef.CodeBusy, Detail: "the token was exchanged just now", Retry: uint32(lateLogin / time.Millisecond)}
)

// reusedDetail is what the user is told when a token was used twice.
const reusedDetail = "a token that had been exchanged was used again: log in by password"

// grant is a proof that holds: whose, and what there is for it.
type grant struct {
	user       msgdef.User
	generation uint64
	token      []byte // nil: the one that was shown goes on
	expires    time.Time
}

// issue begins a family for a device, in the place of the one it had. It returns
// when the token is durable. A full store issues none, because then people may
// still read. errChanged says that the password that was checked is not the
// account's any more.
func (t *tokens) issue(a store.Account, device uint64, now time.Time) (grant, error) {
	unlock, err := t.users.lock(a.UID)
	if err != nil {
		return grant{}, err
	}
	defer unlock()
	d, err := t.standing(a.UID, now)
	if err == nil {
		err = t.unchanged(a)
	}
	if err != nil {
		return grant{}, err
	}
	g := grant{user: msgdef.User{UID: a.UID, Name: a.Name}, generation: d.Generation}
	token, f := t.found(a.UID, device, d.Generation, now)
	switch err := t.store.PutFamily(f, t.limit, now); {
	case errors.Is(err, store.ErrFull):
		g.expires = time.UnixMilli(0)
		return g, nil
	case err != nil:
		return grant{}, err
	}
	g.token, g.expires = token, f.Tokens[0].Expires
	return g, nil
}

// unchanged returns errChanged when an account has another password by now. The
// user's lock is held.
func (t *tokens) unchanged(a store.Account) error {
	now, err := t.store.AccountByUID(a.UID)
	if err == nil && now.Password != a.Password {
		err = errChanged
	}
	return err
}

// found makes a family of a generation, and its first token.
func (t *tokens) found(uid, device, since uint64, now time.Time) ([]byte, store.Family) {
	token, row := t.next(nil, now)
	f := store.Family{UID: uid, Device: device, Since: since, Tokens: []store.Token{row}}
	f.ID, _, _ = hashes(token)
	return token, f
}

// vouch notes until when an issuer's word holds for a device, as a family whose
// token nobody has: until then the device may resume, unless it is revoked.
func (t *tokens) vouch(user msgdef.User, device uint64, expires, now time.Time) (grant, error) {
	unlock, err := t.users.lock(user.UID)
	if err != nil {
		return grant{}, err
	}
	defer unlock()
	d, err := t.standing(user.UID, now)
	g := grant{user: user, generation: d.Generation, expires: expires}
	if err != nil {
		return g, err
	}
	since, had, err := t.store.FamilyOf(user.UID, device)
	if err == nil && had.UnixMilli() == expires.UnixMilli() && since <= d.Generation {
		return g, nil
	}
	_, f := t.found(user.UID, device, d.Generation, now)
	f.Tokens[0].Expires = expires
	if err = t.store.PutFamily(f, t.limit, now); errors.Is(err, store.ErrFull) {
		err = nil
	}
	return g, err
}

// redeem returns what the token of a login is good for. The store is asked for
// it every time, so that one it dropped is worth nothing from then on. Where
// nothing changes nothing is written, and nobody waited for.
func (t *tokens) redeem(req *rpc.LoginRequest, now time.Time) (grant, error) {
	f, s, err := t.show(req, now)
	if err == nil && !s.writes() {
		return t.again(f, s, req, now)
	}
	if err != nil && !errors.Is(err, errReused) {
		return grant{}, err
	}
	unlock, err := t.users.lock(f.UID)
	if err != nil {
		return grant{}, err
	}
	defer unlock()
	if f, s, err = t.show(req, now); errors.Is(err, errReused) { // still
		return grant{}, t.reused(f, req)
	}
	if err != nil {
		return grant{}, err
	}
	g, err := t.grant(f, s.token, req, now)
	if err != nil || !s.writes() {
		return g, err
	}
	return t.exchange(g, f, s, req, now)
}

// again grants what a token that goes on is good for, without a lock: the
// generation is read first and the token after it. A verdict that comes between
// has dropped the token, or finds the session by its generation.
func (t *tokens) again(f store.Family, s showing, req *rpc.LoginRequest, now time.Time) (grant, error) {
	g, err := t.grant(f, s.token, req, now)
	if err == nil {
		_, _, err = t.show(req, now)
	}
	if errors.Is(err, errReused) {
		err = errBadToken // to end a family takes the lock
	}
	return g, err
}

// show finds the family of a token and judges the token. With errReused the
// family is returned as well.
func (t *tokens) show(req *rpc.LoginRequest, now time.Time) (f store.Family, s showing, err error) {
	family, whole, ok := hashes(req.Secret)
	if !ok {
		return f, s, errBadToken
	}
	f, err = t.store.FamilyByID(family)
	if errors.Is(err, store.ErrNotFound) {
		err = errBadToken
	}
	if err != nil {
		return store.Family{}, s, err
	}
	s = show(&f, whole, now, t.rotation)
	switch {
	case s.late:
		err = errLateToken
	case !s.known && f.Device == 0: // of a token that was never exchanged
		err = errBadToken
	case !s.known:
		err = errReused
	case !now.Before(s.token.Expires):
		err = errExpired
	case f.Device != 0 && f.Device != req.Device:
		err = errBadToken
	}
	return f, s, err
}

// grant checks who it is that a good token proves.
func (t *tokens) grant(f store.Family, token store.Token, req *rpc.LoginRequest, now time.Time) (grant, error) {
	user, err := t.people.named(f.UID)
	if errors.Is(err, store.ErrNotFound) || err == nil && req.Account != "" && req.Account != user.Name {
		return grant{}, errBadToken
	}
	if err != nil {
		return grant{}, err
	}
	d, err := t.standing(f.UID, now)
	return grant{user: user, generation: d.Generation, expires: token.Expires}, err
}

// exchange writes what a showing changes. The user's lock is held. With a full
// store the token goes on as it is.
func (t *tokens) exchange(g grant, f store.Family, s showing, req *rpc.LoginRequest, now time.Time) (grant, error) {
	without := g
	f.Device = req.Device
	if f.Since == store.AnyGeneration {
		f.Since = g.generation
	}
	if s.first {
		use(&f, s.token, now)
	}
	if s.old {
		token, row := t.next(req.Secret, now)
		succeed(&f, row)
		g.token, g.expires = token, row.Expires
	}
	switch err := t.store.PutFamily(f, t.limit, now); {
	case errors.Is(err, store.ErrFull):
		return without, nil
	case err != nil:
		return grant{}, err
	}
	if s.old {
		t.counters.rotations.Add(1)
	}
	return g, nil
}

// next makes another token of a family, see nextToken.
func (t *tokens) next(of []byte, now time.Time) ([]byte, store.Token) {
	token, row := nextToken(of)
	row.Issued, row.Expires = now.Truncate(time.Millisecond), now.Add(t.lifetime).Truncate(time.Millisecond)
	return token, row
}

// standing returns what was decided about an account, or why it may not log in.
func (t *tokens) standing(uid uint64, now time.Time) (store.Standing, error) {
	d, err := t.store.Standing(uid)
	if err != nil {
		return d, err
	}
	return d, refusal(d, now)
}
