package imservice

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// An operator's sanction becomes a verdict, which is one commit: what the account
// may do from now on, its tokens that go, and an eviction, see evictions.go. What
// is done already changes nothing, so a sanction can be repeated whenever its
// answer was lost; only Revoke ends whatever there is each time.

var (
	errNobody     = &rpc.Error{Code: msgdef.CodeUnknownUser, Detail: "there is no such account"}
	errNoAccount  = &rpc.Error{Code: msgdef.CodeBadArgument, Detail: "a sanction needs the id or the name of an account"}
	errReason     = &rpc.Error{Code: msgdef.CodeBadArgument, Detail: "a reason is at most 256 bytes of UTF-8"}
	errPastBan    = &rpc.Error{Code: msgdef.CodeBadArgument, Detail: "a ban ends in the future, or never: 0"}
	errEvictsFull = &rpc.Error{Code: msgdef.CodeBusy, Detail: "too many users wait for their sessions to end", Retry: 5000}
)

// decision changes the standing in a verdict and adds to it. It returns whether
// there is something to do.
type decision func(v *store.Verdict, in *rpc.Sanction, now time.Time) bool

// Ban implements rpc.Moderation. Tokens stay, so that who shows one is told of
// the ban, and may go on when it is over.
func (s *Server) Ban(ctx context.Context, in *rpc.Sanction) (*rpc.AccountState, error) {
	if in.Until != 0 && in.Until <= s.options.Now().UnixMilli() {
		return nil, errPastBan
	}
	return s.sanction(ctx, in, func(v *store.Verdict, in *rpc.Sanction, _ time.Time) bool {
		d := &v.Standing
		if d.Banned && d.Until == in.Until && d.Reason == in.Reason {
			return false
		}
		d.Banned, d.Until, d.Reason = true, in.Until, strings.Clone(in.Reason)
		v.Eviction.Code, v.Eviction.Detail = msgdef.CodeBanned, banDetail(*d)
		s.counters.bans.Add(1)
		return true
	})
}

// Unban implements rpc.Moderation. A ban that was over is not lifted.
func (s *Server) Unban(ctx context.Context, in *rpc.Sanction) (*rpc.AccountState, error) {
	return s.sanction(ctx, in, func(v *store.Verdict, _ *rpc.Sanction, now time.Time) bool {
		d := &v.Standing
		if !bannedNow(*d, now) {
			return false
		}
		d.Banned, d.Until, d.Reason = false, 0, ""
		v.Families = true
		return true
	})
}

// Revoke implements rpc.Moderation.
func (s *Server) Revoke(ctx context.Context, in *rpc.Sanction) (*rpc.AccountState, error) {
	return s.sanction(ctx, in, func(v *store.Verdict, in *rpc.Sanction, _ time.Time) bool {
		v.Families, v.Device = true, in.Device
		v.Eviction.Device, v.Eviction.Code, v.Eviction.Detail = in.Device, msgdef.CodeRevoked, strings.Clone(in.Reason)
		s.counters.revocations.Add(1)
		return true
	})
}

// Remove implements rpc.Moderation. Messages stay with those who have them; the rest
// is cleaned up behind the account, see deletions.go.
func (s *Server) Remove(ctx context.Context, in *rpc.Sanction) (*rpc.AccountState, error) {
	return s.sanction(ctx, in, func(v *store.Verdict, in *rpc.Sanction, now time.Time) bool {
		s.remove(v, in.Reason, now)
		return true
	})
}

// remove makes a verdict one that removes the account. A ban does not matter any more.
func (s *Server) remove(v *store.Verdict, reason string, now time.Time) {
	v.Standing = store.Standing{Generation: v.Standing.Generation, Removed: true}
	v.Families, v.Password = true, new(string)
	v.Deletion = &store.Deletion{UID: v.UID, At: now.UnixMilli()}
	v.Eviction.Code, v.Eviction.Detail = msgdef.CodeDeleted, strings.Clone(reason)
	s.counters.removals.Add(1)
}

// removed has nothing reach an account any more of which the store says that it was
// removed, and begins to clean up.
func (s *Server) removed(uid uint64) {
	s.heads.users.end(uid)
	s.people.removed(uid)
	s.deletions.begin(uid)
}

// Inspect implements rpc.Moderation.
func (s *Server) Inspect(ctx context.Context, in *rpc.Sanction) (*rpc.AccountState, error) {
	return s.sanction(ctx, in, func(*store.Verdict, *rpc.Sanction, time.Time) bool { return false })
}

// sanction finds an account, decides, and returns the account when that is
// durable. About an account that was removed nothing is decided any more.
func (s *Server) sanction(ctx context.Context, in *rpc.Sanction, decide decision) (*rpc.AccountState, error) {
	if err := s.enter(ctx, 0, 0); err != nil {
		return nil, err
	}
	defer s.leave()
	if len(in.Reason) > maxReason || !utf8.ValidString(in.Reason) {
		return nil, errReason
	}
	a, err := s.accused(in)
	if err != nil {
		return nil, s.failure(err)
	}
	unlock, err := s.logins.tokens.users.lock(a.UID)
	if err != nil {
		return nil, s.failure(err)
	}
	defer unlock()
	d, err := s.options.Store.Standing(a.UID)
	if err != nil {
		return nil, s.failure(err)
	}
	now := s.options.Now()
	v := store.Verdict{UID: a.UID, Standing: d}
	if d.Removed || !decide(&v, in, now) {
		return s.stateOf(a, d, now)
	}
	if err := s.pronounce(&v, now); err != nil {
		return nil, s.failure(err)
	}
	s.options.Logger.Info("an account was judged", "uid", a.UID, "account", a.Name, "generation", v.Standing.Generation,
		"banned", v.Standing.Banned, "removed", v.Standing.Removed, "families", v.Families, "device", v.Device, "reason", in.Reason)
	return s.stateOf(a, v.Standing, now)
}

// accused returns the account that a sanction names.
func (s *Server) accused(in *rpc.Sanction) (a store.Account, err error) {
	switch {
	case in.UID != 0:
		a, err = s.options.Store.AccountByUID(in.UID)
	case checkName(in.Account) == nil:
		a, err = s.options.Store.AccountByName(in.Account)
	case in.Account == "":
		return a, errNoAccount
	default:
		return a, errNobody
	}
	if errors.Is(err, store.ErrNotFound) {
		err = errNobody
	}
	return a, err
}

// pronounce commits a verdict under a new generation and begins to carry it out.
// The user's lock is held.
func (s *Server) pronounce(v *store.Verdict, now time.Time) error {
	v.Standing.Generation++
	e := v.Eviction
	e.UID, e.Generation, e.At = v.UID, v.Standing.Generation, now.UnixMilli()
	ends := e.Code != 0
	if ends && s.options.Evictor != nil {
		if !s.evictions.room(e) {
			return errEvictsFull
		}
		v.Eviction = e
	}
	if err := s.options.Store.PutVerdict(*v); err != nil || !ends {
		return err
	}
	if v.Deletion != nil {
		s.removed(v.UID)
	}
	if v.Eviction.Generation != 0 {
		s.evictions.begin(e)
	}
	if err := s.outbox.devices.dropOlder(e); err != nil { // the next start tries again
		s.options.Logger.Error("devices may still be pushed to", "uid", v.UID, "device", e.Device, "error", err)
	}
	return nil
}

// reused ends the family of a token that was shown after it was exchanged: its
// owner and a thief have it both, and nobody can tell who is who. The user's
// lock is held.
func (s *Server) reused(f store.Family, req *rpc.LoginRequest) error {
	d, err := s.options.Store.Standing(f.UID)
	if err != nil {
		return err
	}
	s.counters.reusedTokens.Add(1)
	s.options.Logger.Warn("a token was used again after it was exchanged: the device has to log in anew",
		"uid", f.UID, "device", f.Device, "address", req.Address)
	v := store.Verdict{UID: f.UID, Standing: d, Families: true, Device: f.Device}
	v.Eviction = store.Eviction{Device: f.Device, Code: msgdef.CodeTokenReused, Detail: reusedDetail}
	if err := s.pronounce(&v, s.options.Now()); err != nil {
		return err
	}
	return errReused
}
