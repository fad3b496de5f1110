package imservice

import (
	"cmp"
	"context"
	"errors"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// Resolve implements rpc.Outbox. A row that was confirmed or is too old is
// obsolete too, so of two services that have one only the first pushes it.
func (s *Server) Resolve(ctx context.Context, rows *rpc.PushRows) (*rpc.PushTargets, error) {
	if err := s.enter(ctx, len(rows.Items), maxPushes); err != nil {
		return nil, err
	}
	defer s.leave()
	targets := &rpc.PushTargets{Items: make([]rpc.PushTarget, len(rows.Items))}
	for i := range rows.Items {
		if ctx.Err() != nil {
			return nil, errDeadline
		}
		target, err := s.resolve(&rows.Items[i])
		switch {
		case errors.Is(err, errObsolete):
			target.Obsolete = true
		case err != nil:
			return nil, s.failure(err)
		}
		targets.Items[i] = target
	}
	return targets, nil
}

// errObsolete says that nothing is to be pushed.
var errObsolete = errors.New("imservice: obsolete")

// resolve returns errObsolete without a target, or what to push.
func (s *Server) resolve(row *rpc.PushRow) (target rpc.PushTarget, err error) {
	stored, err := s.outbox.current(row)
	if err != nil {
		return target, err
	}
	if err := s.unseen(&stored); err != nil {
		return target, err
	}
	token, err := s.options.Store.PushToken(row.UID, row.Device)
	if err != nil {
		return target, gone(err)
	}
	encoded, from, err := s.pushed(&stored)
	if err != nil {
		return target, gone(err)
	}
	return rpc.PushTarget{Provider: token.Provider, Token: token.Token, From: from, Message: encoded}, nil
}

// current returns a row as it is in the outbox, or errObsolete unless it is there
// and new enough.
func (b *outbox) current(row *rpc.PushRow) (store.OutboxRow, error) {
	stored, ok, err := b.find(row.ID, device{row.UID, row.Device})
	switch {
	case err != nil:
		return stored, err
	case !ok, stored.USeq != row.USeq:
		return stored, errObsolete
	case stored.At < b.now().Add(-b.limits.PushAge).UnixMilli():
		return stored, errObsolete
	}
	return stored, nil
}

// unseen returns errObsolete when the device has the message: of a big group, of
// which it tells no cursor, when the user has read it, or may no more.
func (s *Server) unseen(row *store.OutboxRow) error {
	if row.USeq == 0 {
		return s.unreadStill(row)
	}
	saved, err := s.options.Store.Cursor(row.UID, row.Device)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err == nil && saved.Cursor >= row.USeq:
		return errObsolete
	}
	return err
}

// unreadStill returns errObsolete when a user has read a message of a group, or is
// no member any more.
func (s *Server) unreadStill(row *store.OutboxRow) error {
	since, code, err := s.reader(row.Conv, row.UID)
	if err != nil {
		return err
	}
	if code != msgdef.CodeOK || since > row.CSeq {
		return errObsolete
	}
	read, err := s.heads.reads.durable(readKey{row.UID, row.Conv})
	if err == nil && read >= row.CSeq {
		err = errObsolete
	}
	return err
}

// message returns the encoded message that a row is about, or store.ErrNotFound of
// one that is kept no more.
func (s *Server) message(row *store.OutboxRow) ([]byte, error) {
	if row.USeq == 0 {
		return s.options.Store.Message(row.Conv, row.CSeq)
	}
	entries, err := s.options.Store.Inbox(nil, row.UID, row.USeq-1, row.USeq, 1, 1)
	if err == nil && (len(entries) == 0 || entries[0].Bytes == nil) {
		err = store.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return entries[0].Bytes, nil
}

// pushed returns the message of a row and the account that sent it, which is
// empty when there is none.
func (s *Server) pushed(row *store.OutboxRow) (encoded []byte, from string, err error) {
	if encoded, err = s.message(row); err != nil {
		return nil, "", err
	}
	var m msgdef.Message
	if err := m.DecodeAlias(encoded); err != nil {
		return nil, "", err
	}
	if over(&m, s.options.Now().UnixMilli()) {
		return nil, "", errObsolete
	}
	if silent, err := s.silent(row.UID, &m); silent || err != nil {
		return nil, "", cmp.Or(err, errObsolete)
	}
	sender, err := find(s.people, s.people.byUID, m.From, s.people.store.AccountByUID)
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return encoded, sender.Name, err
}

// gone makes of what is not there something obsolete.
func gone(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return errObsolete
	}
	return err
}
