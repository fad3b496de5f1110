package pebble

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	engine "github.com/cockroachdb/pebble/v2"

	"github.com/sim-im/sim/imservice/store"
)

// CreateAccount implements store.Accounts. Creations wait for one another, so
// ErrExists always means a durable account.
func (s *Store) CreateAccount(name, password string, at time.Time) (store.Account, error) {
	if len(name) == 0 || len(name) > math.MaxUint16 {
		return store.Account{}, fmt.Errorf("pebble: a name of %d bytes cannot be stored", len(name))
	}
	if err := s.enterToWrite(); err != nil {
		return store.Account{}, err
	}
	defer s.life.RUnlock()
	s.accounts.Lock()
	defer s.accounts.Unlock()
	switch _, err := s.readNumber(appendNameKey(nil, name)); {
	case err == nil:
		return store.Account{}, fmt.Errorf("%w: account %q", store.ErrExists, name)
	case !errors.Is(err, store.ErrNotFound):
		return store.Account{}, err
	}
	a := store.Account{UID: s.lastUID.Load() + 1, Name: name, Password: password, Created: at.UnixMilli()}
	if err := s.putAccount(a); err != nil {
		return store.Account{}, err
	}
	s.lastUID.Store(a.UID)
	return a, nil
}

func (s *Store) putAccount(a store.Account) error {
	batch := s.db.NewBatch()
	batch.Set(appendAccountKey(nil, a.UID), appendAccount(nil, a), nil)
	batch.Set(appendNameKey(nil, a.Name), binary.BigEndian.AppendUint64(nil, a.UID), nil)
	setFoundAccount(batch, a.UID, a.Name)
	return s.write(batch, engine.Sync)
}

// AccountByName implements store.Accounts.
func (s *Store) AccountByName(name string) (store.Account, error) {
	key := appendNameKey(nil, name)
	uid, err := s.number(key)
	if err != nil {
		return store.Account{}, err
	}
	if uid > s.lastUID.Load() {
		return store.Account{}, store.ErrNotFound
	}
	a, err := s.AccountByUID(uid)
	if errors.Is(err, store.ErrNotFound) {
		err = badRow(key, "names an account that is not there")
	}
	return a, err
}

// AccountByUID implements store.Accounts. An account that is not yet durable
// is not there yet: a power cut could still give its UID to another.
func (s *Store) AccountByUID(uid uint64) (a store.Account, err error) {
	if err := s.enter(); err != nil {
		return a, err
	}
	defer s.life.RUnlock()
	return s.account(uid)
}

func (s *Store) account(uid uint64) (a store.Account, err error) {
	if uid == 0 || uid > s.lastUID.Load() {
		return a, store.ErrNotFound
	}
	key := appendAccountKey(nil, uid)
	err = s.read(key, func(value []byte) error {
		var ok bool
		if a, ok = decodeAccount(value); !ok {
			return badRow(key, "account row cut short")
		}
		a.UID = uid
		return nil
	})
	return a, err
}

// PutPassword implements store.Accounts.
func (s *Store) PutPassword(uid uint64, password string) error {
	if err := s.enterToWrite(); err != nil {
		return err
	}
	defer s.life.RUnlock()
	a, err := s.account(uid)
	if err != nil {
		return err
	}
	a.Password = password
	batch := s.db.NewBatch()
	batch.Set(appendAccountKey(nil, uid), appendAccount(nil, a), nil)
	return s.write(batch, engine.Sync)
}
