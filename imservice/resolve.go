package imservice

import (
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
	if err := s.outbox.current(row); err != nil {
		return target, err
	}
	if err := s.unseen(row); err != nil {
		return target, err
	}
	token, err := s.options.Store.PushToken(row.UID, row.Device)
	if err != nil {
		return target, gone(err)
	}
	encoded, from, err := s.pushed(row)
	if err != nil {
		return target, gone(err)
	}
	return rpc.PushTarget{Provider: token.Provider, Token: token.Token, From: from, Message: encoded}, nil
}

// current returns errObsolete unless a row is in the outbox and new enough.
func (b *outbox) current(row *rpc.PushRow) error {
	stored, ok, err := b.find(row.ID, device{row.UID, row.Device})
	switch {
	case err != nil:
		return err
	case !ok, stored.USeq != row.USeq:
		return errObsolete
	case stored.At < b.now().Add(-b.limits.PushAge).UnixMilli():
		return errObsolete
	}
	return nil
}

// unseen returns errObsolete when the device has the message.
func (s *Server) unseen(row *rpc.PushRow) error {
	saved, err := s.options.Store.Cursor(row.UID, row.Device)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err == nil && saved.Cursor >= row.USeq:
		return errObsolete
	}
	return err
}

// pushed returns the message of a row and the account that sent it, which is
// empty when there is none.
func (s *Server) pushed(row *rpc.PushRow) (encoded []byte, from string, err error) {
	entries, err := s.options.Store.Inbox(nil, row.UID, row.USeq-1, row.USeq, 1, 1)
	if err != nil {
		return nil, "", err
	}
	if len(entries) == 0 {
		return nil, "", errObsolete
	}
	encoded = entries[0].Bytes
	var m msgdef.Message
	if err := m.DecodeAlias(encoded); err != nil {
		return nil, "", err
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
