package imservice

import (
	"context"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// What a page of an export has and costs at most. One line may be longer.
const (
	exportBytes = 96 << 10
	exportRows  = 512 // rows that are looked at
	exportTalk  = 8   // rows that a conversation counts as
	exportRange = 128 // messages read at once
)

const (
	exportLife    = 7 * 24 * time.Hour // after which none goes on
	exportsAtOnce = 16                 // pages that are made at the same time
)

var (
	errBadCursor   = &rpc.Error{Code: msgdef.CodeBadCursor, Detail: "not a cursor of an export of this user at this store"}
	errExportOver  = &rpc.Error{Code: msgdef.CodeExportOver, Detail: "the export was begun more than 7 days ago: begin another"}
	errExportsBusy = &rpc.Error{Code: msgdef.CodeBusy, Detail: "too many exports are under way", Retry: 1000}
	errExportBan   = &rpc.Error{Code: msgdef.CodeForbidden, Detail: "the account was banned: ask the operator for an export"}
)

// Export implements rpc.Exports.
func (s *Server) Export(ctx context.Context, query *rpc.ExportQuery) (*rpc.ExportPage, error) {
	if err := s.enter(ctx, 0, 0); err != nil {
		return nil, err
	}
	defer s.leave()
	a, d, err := s.exported(&rpc.Sanction{UID: query.UID})
	if err == nil && bannedNow(d, s.options.Now()) {
		err = errExportBan
	}
	if err == nil {
		err = s.exports.charge(a.UID, len(query.Cursor) == 0, s.options.Now())
	}
	var page *rpc.ExportPage
	if err == nil {
		page, err = s.exportPage(ctx, a, d, query.Cursor)
	}
	if err != nil {
		return nil, s.exports.refused(s.failure(err))
	}
	s.exports.count(len(query.Cursor) == 0, page, &s.exports.byUsers)
	return page, nil
}

// ExportOf implements rpc.Moderation.
func (s *Server) ExportOf(ctx context.Context, query *rpc.ExportQuery) (*rpc.ExportPage, error) {
	if err := s.enter(ctx, 0, 0); err != nil {
		return nil, err
	}
	defer s.leave()
	a, d, err := s.exported(&rpc.Sanction{UID: query.UID, Account: query.Account})
	var page *rpc.ExportPage
	if err == nil {
		page, err = s.exportPage(ctx, a, d, query.Cursor)
	}
	if err != nil {
		return nil, s.exports.refused(s.failure(err))
	}
	s.exports.count(len(query.Cursor) == 0, page, &s.exports.byOperators)
	s.options.Logger.Info("an operator exports an account", "uid", a.UID, "account", a.Name,
		"begins", len(query.Cursor) == 0, "lines", page.Count, "done", page.Done)
	return page, nil
}

// exported returns an account that may be exported.
func (s *Server) exported(in *rpc.Sanction) (a store.Account, d store.Standing, err error) {
	if a, err = s.accused(in); err != nil {
		return a, d, err
	}
	if d, err = s.options.Store.Standing(a.UID); err == nil && d.Removed {
		err = errRemoved
	}
	return a, d, err
}
