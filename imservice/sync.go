package imservice

import (
	"context"
	"errors"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

const (
	maxPulls = 256  // of rpc.Pulls and rpc.ConvPulls
	maxUsers = 4096 // of rpc.HeadsQuery

	// minShare is the least number of bytes a page of a large call may fill.
	minShare = 16 << 10

	// floor is the cursor before the oldest row kept. Nothing is dropped yet.
	floor = 0
)

// GetMsg implements rpc.Messages.
func (s *Server) GetMsg(ctx context.Context, batch *rpc.Pulls) (*rpc.Pages, error) {
	if err := s.enter(ctx, len(batch.Items), maxPulls); err != nil {
		return nil, err
	}
	defer s.leave()
	pages := &rpc.Pages{Items: make([]rpc.Page, len(batch.Items))}
	share := s.share(len(batch.Items))
	for i := range batch.Items {
		if ctx.Err() != nil {
			return nil, errDeadline
		}
		if err := s.pull(&batch.Items[i], &pages.Items[i], share); err != nil {
			return nil, s.failure(err)
		}
	}
	return pages, nil
}

// pull fills one page with at most about maxBytes of messages.
func (s *Server) pull(p *rpc.Pull, page *rpc.Page, maxBytes int) error {
	head, err := s.heads.users.durable(p.UID)
	if errors.Is(err, errUnknownUser) {
		page.Code = msgdef.CodeUnknownUser
		return nil
	}
	if err != nil {
		return err
	}
	page.StoreEpoch, page.Floor, page.Head = s.options.Store.Epoch(), floor, head
	page.Status, err = s.cursorStatus(p, head)
	if err != nil || page.Status != msgdef.SyncOK || p.After == head {
		return err
	}
	rows, err := s.options.Store.Inbox(nil, p.UID, p.After, head, s.entries(p.Limit), maxBytes)
	if err != nil {
		return err
	}
	page.Entries = make([]msgdef.Entry, len(rows))
	for i, row := range rows {
		page.Entries[i] = msgdef.Entry{USeq: row.USeq, Message: row.Bytes}
	}
	return nil
}

// cursorStatus tells whether a cursor is one of this store.
func (s *Server) cursorStatus(p *rpc.Pull, head uint64) (msgdef.SyncStatus, error) {
	foreign := p.StoreEpoch != s.options.Store.Epoch() && (p.StoreEpoch != 0 || p.After != 0)
	if foreign || p.After > head {
		return msgdef.SyncReset, nil
	}
	if p.After == 0 || p.Fingerprint == 0 {
		return msgdef.SyncOK, nil
	}
	rows, err := s.options.Store.Inbox(nil, p.UID, p.After-1, p.After, 1, 1)
	if err != nil {
		return 0, err
	}
	if len(rows) == 0 {
		return msgdef.SyncReset, nil
	}
	same, err := hasFingerprint(rows[0], p.Fingerprint)
	if err != nil || same {
		return msgdef.SyncOK, err
	}
	return msgdef.SyncReset, nil
}

func hasFingerprint(row store.InboxEntry, want uint64) (bool, error) {
	var m msgdef.Message
	if err := m.DecodeAlias(row.Bytes); err != nil {
		return false, err
	}
	return msgdef.Fingerprint(m.Conv, m.CSeq, m.At) == want, nil
}

// Heads implements rpc.Messages. The head of an unknown user is 0.
func (s *Server) Heads(ctx context.Context, batch *rpc.HeadsQuery) (*rpc.HeadsReply, error) {
	if err := s.enter(ctx, len(batch.UIDs), maxUsers); err != nil {
		return nil, err
	}
	defer s.leave()
	reply := &rpc.HeadsReply{StoreEpoch: s.options.Store.Epoch(), USeqs: make([]uint64, len(batch.UIDs))}
	for i, uid := range batch.UIDs {
		head, err := s.heads.users.durable(uid)
		if err != nil && !errors.Is(err, errUnknownUser) {
			return nil, s.failure(err)
		}
		reply.USeqs[i] = head
	}
	return reply, nil
}

// share is the bytes each of n pages may fill.
func (s *Server) share(n int) int {
	l := s.options.Limits
	return min(l.PageBytes, max(l.ReplyBytes/max(n, 1), minShare))
}

// entries bounds what a caller asks for.
func (s *Server) entries(asked uint16) int {
	if asked == 0 {
		return s.options.Limits.PageEntries
	}
	return min(int(asked), maxEntries)
}
