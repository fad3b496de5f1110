package pebble

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"slices"

	engine "github.com/cockroachdb/pebble/v2"

	"github.com/sim-im/sim/imservice/store"
)

// PutPushToken implements store.PushTokens. A limit below 1 counts as 1.
func (s *Store) PutPushToken(token store.PushToken, limit int) ([]store.PushToken, error) {
	if len(token.Token) == 0 {
		return nil, errors.New("pebble: an empty push token cannot be stored")
	}
	if err := s.enterToWrite(); err != nil {
		return nil, err
	}
	defer s.life.RUnlock()
	s.pushes.Lock()
	defer s.pushes.Unlock()
	if removed, err := s.gone(token.UID); err != nil || removed {
		return nil, cmp.Or(err, store.ErrNotFound)
	}
	gone, err := s.supplanted(token, max(limit, 1))
	if err != nil {
		return nil, err
	}
	batch := s.db.NewBatch()
	for _, old := range gone {
		dropPush(batch, old)
	}
	setPush(batch, token)
	return gone, s.write(batch, engine.Sync)
}

// supplanted returns the tokens that go when a new one comes: the device's own,
// the same one of another device, and those above the limit.
func (s *Store) supplanted(token store.PushToken, limit int) (gone []store.PushToken, err error) {
	have, err := s.pushTokensOf(token.UID)
	if err != nil {
		return nil, err
	}
	have = slices.DeleteFunc(have, func(t store.PushToken) bool {
		goes := t.Device == token.Device || t.Provider == token.Provider && bytes.Equal(t.Token, token.Token)
		if goes {
			gone = append(gone, t)
		}
		return goes
	})
	if above := len(have) - (limit - 1); above > 0 {
		slices.SortFunc(have, func(a, b store.PushToken) int {
			return cmp.Or(cmp.Compare(a.Set, b.Set), cmp.Compare(a.Device, b.Device))
		})
		gone = append(gone, have[:above]...)
	}
	other, err := s.pushedTo(token)
	if err == nil && other.UID != token.UID {
		gone = append(gone, other)
	}
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return gone, err
}

// pushedTo returns the row of the device that has a token, or ErrNotFound.
func (s *Store) pushedTo(token store.PushToken) (store.PushToken, error) {
	key := appendPushedToKey(nil, token.Provider, token.Token)
	var uid, device uint64
	err := s.read(key, func(value []byte) error {
		if len(value) != ownerSize {
			return badRow(key, "owner of a wrong length")
		}
		uid, device = binary.BigEndian.Uint64(value), binary.BigEndian.Uint64(value[8:])
		return nil
	})
	if err != nil {
		return store.PushToken{}, err
	}
	return s.pushToken(uid, device)
}

// PushToken implements store.PushTokens.
func (s *Store) PushToken(uid, device uint64) (store.PushToken, error) {
	if err := s.enter(); err != nil {
		return store.PushToken{}, err
	}
	defer s.life.RUnlock()
	return s.pushToken(uid, device)
}

func (s *Store) pushToken(uid, device uint64) (t store.PushToken, err error) {
	key := appendPushKey(nil, uid, device)
	err = s.read(key, func(value []byte) error {
		var ok bool
		if t, ok = decodePush(value); !ok {
			return badRow(key, "push row cut short")
		}
		t.UID, t.Device = uid, device
		return nil
	})
	return t, err
}

// PushTokensOf implements store.PushTokens.
func (s *Store) PushTokensOf(uid uint64) ([]store.PushToken, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.life.RUnlock()
	return s.pushTokensOf(uid)
}

func (s *Store) pushTokensOf(uid uint64) (tokens []store.PushToken, err error) {
	c, err := s.scanPrefix(appendPushPrefix(nil, uid))
	if err != nil {
		return nil, err
	}
	for ok := c.First(); ok; ok = c.Next() {
		var value []byte
		if value, err = c.value(); err != nil {
			break
		}
		t, whole := decodePush(value)
		if !whole || len(c.Key()) != pushKeySize {
			err = badRow(c.Key(), "push row cut short")
			break
		}
		t.UID, t.Device = uid, lastNumber(c.Key())
		tokens = append(tokens, t)
	}
	return tokens, c.close(err)
}

// DropPushToken implements store.PushTokens.
func (s *Store) DropPushToken(uid, device uint64, token []byte) (bool, error) {
	if err := s.enterToWrite(); err != nil {
		return false, err
	}
	defer s.life.RUnlock()
	s.pushes.Lock()
	defer s.pushes.Unlock()
	old, err := s.pushToken(uid, device)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return false, nil
	case err != nil:
		return false, err
	case token != nil && !bytes.Equal(old.Token, token):
		return false, nil
	}
	batch := s.db.NewBatch()
	dropPush(batch, old)
	return true, s.write(batch, engine.Sync)
}

// PushTokenCount implements store.PushTokens.
func (s *Store) PushTokenCount() (n int, err error) {
	if err := s.enter(); err != nil {
		return 0, err
	}
	defer s.life.RUnlock()
	c, err := s.scanPrefix([]byte{tablePush})
	if err != nil {
		return 0, err
	}
	for ok := c.First(); ok; ok = c.Next() {
		n++
	}
	return n, c.close(nil)
}

func setPush(batch *engine.Batch, t store.PushToken) {
	batch.Set(appendPushKey(nil, t.UID, t.Device), appendPush(nil, t), nil)
	batch.Set(appendPushedToKey(nil, t.Provider, t.Token), appendOwner(nil, t.UID, t.Device), nil)
}

func dropPush(batch *engine.Batch, t store.PushToken) {
	batch.Delete(appendPushKey(nil, t.UID, t.Device), nil)
	batch.Delete(appendPushedToKey(nil, t.Provider, t.Token), nil)
}
