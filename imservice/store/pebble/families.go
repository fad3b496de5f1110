package pebble

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	engine "github.com/cockroachdb/pebble/v2"

	"github.com/sim-im/sim/imservice/store"
)

// FamilyByID implements store.Families. A token from before there were families
// is one of its own: its hash is its id.
func (s *Store) FamilyByID(id [32]byte) (f store.Family, err error) {
	if err := s.enter(); err != nil {
		return f, err
	}
	defer s.life.RUnlock()
	key := appendFamilyKey(nil, id)
	err = s.read(key, func(value []byte) error {
		var ok bool
		if f, ok = decodeFamily(value); !ok {
			return badRow(key, "family row of a wrong length")
		}
		f.ID = id
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return s.single(id)
	}
	return f, err
}

// single returns the family of a token that was kept before there were any.
func (s *Store) single(id [32]byte) (f store.Family, err error) {
	key := appendTokenKey(nil, id)
	err = s.read(key, func(value []byte) error {
		if len(value) != tokenSize {
			return badRow(key, "token row of a wrong length")
		}
		f = store.Family{
			ID: id, UID: binary.BigEndian.Uint64(value), Since: store.AnyGeneration,
			Tokens: []store.Token{{Hash: id, Expires: instant(value[8:])}},
		}
		return nil
	})
	return f, err
}

// FamilyOf implements store.Families.
func (s *Store) FamilyOf(uid, device uint64) (since uint64, expires time.Time, err error) {
	key := appendFamilyOfKey(nil, uid, device)
	err = s.get(key, func(value []byte) error {
		switch len(value) {
		case familyOfSize:
			since = binary.BigEndian.Uint64(value[40:])
		case familyOfBefore:
			since = store.AnyGeneration
		default:
			return badRow(key, "family pointer of a wrong length")
		}
		expires = instant(value[32:])
		return nil
	})
	return since, expires, err
}

// PutFamily implements store.Families.
func (s *Store) PutFamily(f store.Family, limit int, now time.Time) error {
	if err := f.Check(); err != nil {
		return err
	}
	if err := s.enterToWrite(); err != nil {
		return err
	}
	defer s.life.RUnlock()
	others, err := s.familiesOf(f.UID)
	if err != nil {
		return err
	}
	batch := s.db.NewBatch()
	others = slices.DeleteFunc(others, func(p pointer) bool {
		same := p.id == f.ID || p.device == f.Device && !p.single
		if same {
			dropFamily(batch, p)
		}
		return same
	})
	for _, p := range superfluous(others, max(limit, 1)-1, now) {
		dropFamily(batch, p)
	}
	setFamily(batch, f)
	return s.write(batch, engine.Sync)
}

// pointer is what a user's list says of a family.
type pointer struct {
	id          [32]byte
	uid, device uint64
	expires     time.Time
	single      bool // a token from before there were families
}

// superfluous returns the families to drop so that at most keep of them stay,
// none of them expired. It sorts families.
func superfluous(families []pointer, keep int, now time.Time) []pointer {
	slices.SortFunc(families, func(a, b pointer) int {
		return cmp.Or(a.expires.Compare(b.expires), bytes.Compare(a.id[:], b.id[:]))
	})
	drop := max(len(families)-keep, 0)
	for drop < len(families) && !families[drop].expires.After(now) {
		drop++
	}
	return families[:drop]
}

// familiesOf returns the families of a user.
func (s *Store) familiesOf(uid uint64) (all []pointer, err error) {
	for _, table := range []byte{tableFamilyOf, tableTokensOf} {
		part, err := s.pointersOf(table, uid)
		if err != nil {
			return nil, err
		}
		all = append(all, part...)
	}
	return all, nil
}

// pointersOf reads one of a user's two lists.
func (s *Store) pointersOf(table byte, uid uint64) (list []pointer, err error) {
	prefix := binary.BigEndian.AppendUint64([]byte{table}, uid)
	c, err := s.scanPrefix(prefix)
	if err != nil {
		return nil, err
	}
	for ok := c.First(); ok; ok = c.Next() {
		var value []byte
		if value, err = c.value(); err != nil {
			break
		}
		key, p := c.Key(), pointer{uid: uid}
		switch {
		case table == tableFamilyOf && len(key) == familyOfKeySize && (len(value) == familyOfSize || len(value) == familyOfBefore):
			p.device, p.id, p.expires = lastNumber(key), [32]byte(value), instant(value[32:])
		case table == tableTokensOf && len(key) == tokensOfKeySize && len(value) == numberSize:
			p.id, p.expires, p.single = [32]byte(key[len(prefix):]), instant(value), true
		default:
			err = badRow(key, "family pointer of a wrong length")
		}
		if err != nil {
			break
		}
		list = append(list, p)
	}
	return list, c.close(err)
}

func setFamily(batch *engine.Batch, f store.Family) {
	batch.Set(appendFamilyKey(nil, f.ID), appendFamily(nil, f), nil)
	pointer := binary.BigEndian.AppendUint64(appendInstant(f.ID[:], f.Expires()), f.Since)
	batch.Set(appendFamilyOfKey(nil, f.UID, f.Device), pointer, nil)
}

func dropFamily(batch *engine.Batch, p pointer) {
	if p.single {
		batch.Delete(appendTokenKey(nil, p.id), nil)
		batch.Delete(appendTokensOfKey(nil, p.uid, p.id), nil)
		return
	}
	batch.Delete(appendFamilyKey(nil, p.id), nil)
	batch.Delete(appendFamilyOfKey(nil, p.uid, p.device), nil)
}

// instant reads the 8 bytes of a store.Instant.
func instant(value []byte) time.Time {
	return store.Instant(int64(binary.BigEndian.Uint64(value)))
}

// appendInstant appends what instant reads.
func appendInstant(dst []byte, t time.Time) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(store.Millis(t)))
}
