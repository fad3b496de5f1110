package imservice

import (
	"context"
	"fmt"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

const (
	maxPulls = 256  // of rpc.Pulls and rpc.ConvPulls
	maxUsers = 4096 // of rpc.HeadsQuery

	// minShare is the least number of bytes a page of a large call may fill.
	minShare = 16 << 10
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
	if isNobody(err) {
		page.Code = rpc.CodeOf(err)
		return nil
	}
	if err != nil {
		return err
	}
	page.StoreEpoch, page.Head = s.options.Store.Epoch(), head
	page.Status, err = s.cursorStatus(p, head)
	if err != nil {
		return err
	}
	var rows []store.InboxEntry
	if page.Status == msgdef.SyncOK && p.After < head {
		rows, err = s.options.Store.Inbox(nil, p.UID, p.After, head, s.entries(p.Limit), maxBytes)
		if err != nil {
			return err
		}
		if len(rows) > 0 && rows[0].USeq == p.After+1 {
			page.Entries, err = s.entriesOf(p.UID, rows)
			return err
		}
	} else if page.Status == msgdef.SyncOK {
		return nil
	}
	return s.beyondFloor(p, page)
}

// beyondFloor answers who has to begin at the floor: in another store, or below it.
func (s *Server) beyondFloor(p *rpc.Pull, page *rpc.Page) error {
	floor, below, err := s.belowFloor(p.UID, p.After)
	page.Floor = floor
	if err != nil || page.Status != msgdef.SyncOK {
		return err
	}
	if !below {
		return fmt.Errorf("%w: the inbox of %d has no entry %d", store.ErrCorrupt, p.UID, p.After+1)
	}
	page.Status = msgdef.SyncTooLong
	return nil
}

// entriesOf returns rows of a user's inbox as they may and want to read them now.
func (s *Server) entriesOf(uid uint64, rows []store.InboxEntry) ([]msgdef.Entry, error) {
	messages, now := make([][]byte, len(rows)), s.options.Now().UnixMilli()
	for i := range rows {
		if rows[i].Bytes == nil {
			messages[i] = dropped(&rows[i])
			continue
		}
		var err error
		if messages[i], err = veil(rows[i].Bytes, now); err != nil {
			return nil, err
		}
	}
	if err := s.cover(uid, messages); err != nil {
		return nil, err
	}
	entries := make([]msgdef.Entry, len(rows))
	for i := range rows {
		entries[i] = msgdef.Entry{USeq: rows[i].USeq, Message: messages[i]}
	}
	return entries, nil
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
	if len(rows) == 0 || rows[0].Bytes == nil { // what is below a floor tells nothing
		floor, below, err := s.belowFloor(p.UID, p.After)
		if err == nil && !below && p.After != floor && len(rows) == 0 {
			return msgdef.SyncReset, nil
		}
		return msgdef.SyncOK, err
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
	useqs, err := s.heads.inboxes(batch.UIDs)
	if err != nil {
		return nil, s.failure(err)
	}
	return &rpc.HeadsReply{StoreEpoch: s.options.Store.Epoch(), USeqs: useqs}, nil
}

// share is the bytes each of n pages may fill.
func (s *Server) share(n int) int {
	l := s.options.Limits
	return min(l.PageBytes, max(l.ReplyBytes/max(n, 1), minShare))
}

// entries bounds what a caller asks for.
func (s *Server) entries(asked uint16) int {
	return limited(asked, s.options.Limits.PageEntries, maxEntries)
}
