package pebble

import (
	"bytes"
	"encoding/binary"
	"errors"

	engine "github.com/cockroachdb/pebble/v2"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

func appendDeletionKey(dst []byte, uid uint64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, tableDeletion), uid)
}

func setDeletion(batch *engine.Batch, d store.Deletion) {
	value := binary.BigEndian.AppendUint64([]byte{d.Done}, uint64(d.At))
	_ = batch.Set(appendDeletionKey(nil, d.UID), value, nil) // in memory: never fails
}

func decodeDeletion(key, value []byte) (store.Deletion, error) {
	if len(key) != deletionKeySize || len(value) != deletionSize {
		return store.Deletion{}, badRow(key, "deletion of a wrong length")
	}
	return store.Deletion{UID: firstNumber(key), Done: value[0], At: int64(binary.BigEndian.Uint64(value[1:]))}, nil
}

// Deletion implements store.Deletions.
func (s *Store) Deletion(uid uint64) (d store.Deletion, err error) {
	key := appendDeletionKey(nil, uid)
	err = s.get(key, func(value []byte) (err error) {
		d, err = decodeDeletion(key, value)
		return err
	})
	return d, err
}

// Deletions implements store.Deletions.
func (s *Store) Deletions(dst []store.Deletion, after uint64, limit int) ([]store.Deletion, error) {
	if after == ^uint64(0) {
		return dst, nil
	}
	from := appendDeletionKey(nil, after+1)
	err := s.rows(from, []byte{tableDeletion + 1}, limit, func(row scan) error {
		value, err := row.value()
		if err != nil {
			return err
		}
		d, err := decodeDeletion(row.Key(), value)
		dst = append(dst, d)
		return err
	})
	return dst, err
}

// NoteDeletion implements store.Deletions.
func (s *Store) NoteDeletion(uid uint64, done uint8) error {
	if err := s.enterToWrite(); err != nil {
		return err
	}
	defer s.life.RUnlock()
	s.evictions.Lock() // as PutVerdict
	defer s.evictions.Unlock()
	var d store.Deletion
	key := appendDeletionKey(nil, uid)
	err := s.read(key, func(value []byte) (err error) {
		d, err = decodeDeletion(key, value)
		return err
	})
	if errors.Is(err, store.ErrNotFound) || err == nil && d.Done >= done {
		return nil
	}
	if err != nil {
		return err
	}
	batch := s.db.NewBatch()
	d.Done = done
	setDeletion(batch, d)
	return s.write(batch, engine.Sync)
}

// DropDeletion implements store.Deletions.
func (s *Store) DropDeletion(uid uint64) error {
	if err := s.enterToWrite(); err != nil {
		return err
	}
	defer s.life.RUnlock()
	s.evictions.Lock()
	defer s.evictions.Unlock()
	batch := s.db.NewBatch()
	_ = batch.Delete(appendDeletionKey(nil, uid), nil) // in memory: never fails
	return s.write(batch, engine.Sync)
}

// MemberOf implements store.Deletions. It goes from group to group, not from member
// to member.
func (s *Store) MemberOf(dst []msgdef.Conversation, uid uint64, after msgdef.Conversation, limit int) ([]msgdef.Conversation, error) {
	end := len(dst) + limit
	err := s.among(tableMember, len(after), after[:], uid, func(owner []byte) bool {
		dst = append(dst, msgdef.Conversation(owner))
		return len(dst) < end
	})
	return dst, err
}

// RelatedTo implements store.Deletions. It goes from user to user.
func (s *Store) RelatedTo(dst []uint64, peer, after uint64, limit int) ([]uint64, error) {
	end := len(dst) + limit
	err := s.among(tableRelation, 8, binary.BigEndian.AppendUint64(nil, after), peer, func(owner []byte) bool {
		dst = append(dst, binary.BigEndian.Uint64(owner))
		return len(dst) < end
	})
	return dst, err
}

// among finds the owners above after that have a row about a user, in a table whose
// keys are an owner of n bytes and a user, until take returns false.
func (s *Store) among(table byte, n int, after []byte, uid uint64, take func(owner []byte) bool) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.life.RUnlock()
	c, err := s.scanPrefix([]byte{table})
	if err != nil {
		return err
	}
	next := appendAfterPrefix(nil, append([]byte{table}, after...))
	for c.SeekGE(next) {
		if len(c.Key()) != 1+n+8 {
			return c.close(badRow(c.Key(), "key of a wrong length"))
		}
		owner := bytes.Clone(c.Key()[:1+n])
		wanted := binary.BigEndian.AppendUint64(bytes.Clone(owner), uid)
		if !bytes.Equal(c.Key(), wanted) && !(c.SeekGE(wanted) && bytes.Equal(c.Key(), wanted)) {
			next = appendAfterPrefix(next[:0], owner)
			continue
		}
		if !take(owner[1:]) {
			break
		}
		next = appendAfterPrefix(next[:0], owner)
	}
	return c.close(nil)
}
