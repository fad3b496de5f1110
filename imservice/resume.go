package imservice

import (
	"context"
	"errors"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// errStale does not say why: a login with a proof tells the user.
var errStale = &rpc.Error{Code: msgdef.CodeBadCredentials, Detail: "the session holds no more: log in"}

// Resume implements rpc.Resumer. CodeBadCredentials says that the account may
// not log in, or that what the device has proven itself with is gone or over.
// Nothing is stored: whoever has seen the packet of a session that comes back may
// have it repeated.
func (s *Server) Resume(ctx context.Context, req *rpc.ResumeRequest) (*rpc.LoginReply, error) {
	if err := s.enter(ctx, 0, 0); err != nil {
		return nil, err
	}
	defer s.leave()
	reply, err := s.logins.resume(req)
	if errors.Is(err, errStale) {
		s.counters.badResumes.Add(1)
	}
	if err != nil {
		return nil, s.failure(err)
	}
	row, err := s.options.Store.Cursor(req.UID, req.Device)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, s.failure(err)
	}
	if reply, err = s.admit(reply, row.Cursor); err == nil {
		s.counters.resumes.Add(1)
	}
	return reply, err
}

func (l *logins) resume(req *rpc.ResumeRequest) (*rpc.LoginReply, error) {
	if req.Device == 0 {
		return nil, errBadDevice
	}
	d, expires, err := l.holds(req.UID, req.Device, req.Generation)
	if err != nil {
		return nil, err
	}
	user, err := l.tokens.people.named(req.UID)
	if errors.Is(err, store.ErrNotFound) {
		err = errStale
	}
	return &rpc.LoginReply{UID: user.UID, Account: user.Name, Generation: d.Generation, TokenExpires: expires.UnixMilli()}, err
}

// holds finds out whether what a device had proven as of a generation still
// counts: nothing was decided about the account that forbids it, and the device
// has the family of then. Decisions about other devices do not matter.
//
// The standing is read first: a decision that comes between drops the family, or
// ends sessions of that generation.
func (l *logins) holds(uid, device, generation uint64) (d store.Standing, expires time.Time, err error) {
	now := l.now()
	if d, err = l.store.Standing(uid); err != nil {
		return d, expires, err
	}
	since, expires, err := l.store.FamilyOf(uid, device)
	switch {
	case errors.Is(err, store.ErrNotFound):
		err = errStale
	case err != nil:
	case refusal(d, now) != nil, generation < since, generation > d.Generation, !now.Before(expires):
		err = errStale
	}
	return d, expires, err
}
