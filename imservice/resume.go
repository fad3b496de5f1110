package imservice

import (
	"context"
	"errors"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

var errNotResumed = &rpc.Error{Code: msgdef.CodeBadCredentials, Detail: "what was proven before holds no more"}

// Resume implements rpc.Resumer. Nothing is stored: whoever has seen the packet
// of a session that comes back may have it repeated.
func (s *Server) Resume(ctx context.Context, req *rpc.ResumeRequest) (*rpc.LoginReply, error) {
	if err := s.enter(ctx, 0, 0); err != nil {
		return nil, err
	}
	defer s.leave()
	reply, err := s.logins.resume(req)
	if err != nil {
		return nil, s.failure(err)
	}
	row, err := s.options.Store.Cursor(req.UID, req.Device)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, s.failure(err)
	}
	return s.admit(reply, row.Cursor)
}

// resume finds the account, whose generation is that of the ticket.
func (l *logins) resume(req *rpc.ResumeRequest) (*rpc.LoginReply, error) {
	if req.Device == 0 {
		return nil, errBadDevice
	}
	account, err := l.store.AccountByUID(req.UID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, errNotResumed
	case err != nil:
		return nil, err
	case req.Generation != 0:
		return nil, errNotResumed
	}
	return &rpc.LoginReply{UID: account.UID, Account: account.Name}, nil
}
