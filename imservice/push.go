package imservice

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// maxPushToken is the longest token of rpc.PushToken in bytes.
const maxPushToken = 1024

var (
	errPushToken    = &rpc.Error{Code: msgdef.CodeBadArgument, Detail: "a push token is at most 1024 bytes"}
	errPushProvider = &rpc.Error{Code: msgdef.CodeBadArgument, Detail: "a push token needs a provider"}
)

// RegisterPush implements rpc.PushTokens. A token that another device had is
// this one's now: the phone changed hands. Of a user with too many tokens the
// one set first goes.
func (s *Server) RegisterPush(ctx context.Context, token *rpc.PushToken) error {
	if err := s.enter(ctx, 0, 0); err != nil {
		return err
	}
	defer s.leave()
	if err := s.checkPush(token); err != nil {
		return s.failure(err)
	}
	p, l := s.outbox.devices, s.options.Limits
	var err error
	if len(token.Token) == 0 {
		err = p.drop(token.UID, token.Device, nil)
	} else {
		err = p.put(token, l.DevicesPerUser, s.options.Now())
	}
	if err != nil {
		return s.failure(err)
	}
	return nil
}

func (s *Server) checkPush(token *rpc.PushToken) error {
	switch {
	case token.Device == 0:
		return errBadDevice
	case len(token.Token) > maxPushToken:
		return errPushToken
	case len(token.Token) > 0 && token.Provider == 0:
		return errPushProvider
	}
	_, err := s.heads.users.durable(token.UID)
	return err
}

// Of a token that is registered once more its date is renewed once a day, so
// that those in use are not taken for the oldest. One of the last minute may not
// be durable yet.
const (
	pushSettled = time.Minute
	pushRenewed = 24 * time.Hour
)

// put stores a token, durably.
func (p *pushDevices) put(t *rpc.PushToken, limit int, now time.Time) error {
	old, err := p.store.PushToken(t.UID, t.Device)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	age := now.Sub(time.UnixMilli(old.Set))
	if old.Provider == t.Provider && bytes.Equal(old.Token, t.Token) && age > pushSettled && age < pushRenewed {
		return nil
	}
	gone, err := p.store.PutPushToken(store.PushToken{
		UID: t.UID, Device: t.Device, Provider: t.Provider, Token: t.Token, Set: now.UnixMilli(),
	}, limit)
	if errors.Is(err, store.ErrNotFound) {
		err = errUserDeleted
	}
	if err != nil {
		return err
	}
	p.count.Add(int64(1 - len(gone)))
	changed := []uint64{t.UID}
	for i := range gone {
		changed = append(changed, gone[i].UID)
	}
	p.changed(changed...)
	return nil
}

// drop removes the token of a device, if it is the one given or nil is.
func (p *pushDevices) drop(uid, device uint64, token []byte) error {
	dropped, err := p.store.DropPushToken(uid, device, token)
	if err != nil || !dropped {
		return err
	}
	p.count.Add(-1)
	p.changed(uid)
	return nil
}

// dropOlder removes the tokens of the devices that an eviction is about which were
// set before it: what a push would say is not for who has the device now.
func (p *pushDevices) dropOlder(e store.Eviction) error {
	tokens, err := p.store.PushTokensOf(e.UID)
	for _, t := range tokens {
		if err == nil && t.Set <= e.At && t.Device != e.Stays.Device && (e.Device == 0 || t.Device == e.Device) {
			err = p.drop(e.UID, t.Device, t.Token)
		}
	}
	return err
}
