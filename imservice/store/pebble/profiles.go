package pebble

import (
	"bytes"
	"encoding/binary"
	"errors"

	engine "github.com/cockroachdb/pebble/v2"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// foundFixed is the length in bytes of the key of a name without the name.
const foundFixed = 1 + 1 + 1 + 8

func appendProfileKey(dst []byte, uid uint64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, tableProfile), uid)
}

func appendFoundKey(dst []byte, at store.FoundName) []byte {
	dst = append(append(append(dst, tableFound), at.Name...), 0, byte(at.Kind))
	return binary.BigEndian.AppendUint64(dst, at.UID)
}

// setProfile writes a profile, and moves it to where its name is found now.
func setProfile(batch *engine.Batch, row *store.ProfileRow) {
	op := batch.SetDeferred(profileKeySize, row.Size())
	appendProfileKey(op.Key[:0], row.UID)
	row.Append(op.Value[:0])
	is := row.Found()
	if row.Was != "" && row.Was != is {
		_ = batch.Delete(appendFoundKey(nil, store.FoundName{Name: row.Was, Kind: store.NameOwn, UID: row.UID}), nil) // in memory: never fails
	}
	if is != "" {
		_ = batch.Set(appendFoundKey(nil, store.FoundName{Name: is, Kind: store.NameOwn, UID: row.UID}), nil, nil)
	}
}

// setFoundAccount has an account be found by its name.
func setFoundAccount(batch *engine.Batch, uid uint64, name string) {
	if name = store.Findable(name); name != "" {
		_ = batch.Set(appendFoundKey(nil, store.FoundName{Name: name, Kind: store.NameAccount, UID: uid}), nil, nil) // in memory: never fails
	}
}

// Profiles implements store.Profiles.
func (s *Store) Profiles(dst []msgdef.UserProfile, uids []uint64) ([]msgdef.UserProfile, error) {
	for _, uid := range uids {
		p := msgdef.UserProfile{UID: uid}
		key := appendProfileKey(nil, uid)
		err := s.get(key, func(value []byte) error {
			if err := p.Decode(value); err != nil {
				return badRow(key, err.Error())
			}
			return nil
		})
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return dst, err
		}
		dst = append(dst, p)
	}
	return dst, nil
}

// FindPeople implements store.Profiles.
func (s *Store) FindPeople(dst []store.FoundName, prefix string, after store.FoundName, limit int) ([]store.FoundName, error) {
	if prefix == "" {
		return dst, nil
	}
	from := append([]byte{tableFound}, prefix...)
	end := appendAfterPrefix(nil, from)
	if next := append(appendFoundKey(nil, after), 0); after != (store.FoundName{}) && bytes.Compare(next, from) > 0 {
		from = next
	}
	err := s.rows(from, end, limit, func(row scan) error {
		key := row.Key()
		n := len(key) - foundFixed
		if n < 0 || key[1+n] != 0 {
			return badRow(key, "key of a wrong form")
		}
		dst = append(dst, store.FoundName{Name: string(key[1 : 1+n]), Kind: store.NameKind(key[2+n]), UID: lastNumber(key)})
		return nil
	})
	return dst, err
}
