package pebble

import (
	"bytes"
	"encoding/binary"

	engine "github.com/cockroachdb/pebble/v2"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// memberSize is the length of a member row's value in bytes.
const memberSize = 1 + 8 + 8

// setGroup writes a group, and moves it to where its name is found now.
func setGroup(batch *engine.Batch, row *store.GroupRow) {
	op := batch.SetDeferred(groupKeySize, row.Size())
	appendGroupKey(op.Key[:0], row.Conv)
	row.Append(op.Value[:0])
	is := row.Folded()
	if row.Was == is {
		return
	}
	if row.Was != "" {
		_ = batch.Delete(appendListedKey(nil, store.Listed{Name: row.Was, Conv: row.Conv}), nil) // in memory: never fails
	}
	if is != "" {
		_ = batch.Set(appendListedKey(nil, store.Listed{Name: is, Conv: row.Conv}), nil, nil)
	}
}

func setMember(batch *engine.Batch, row *store.MemberRow) {
	if row.Role == msgdef.RoleNone {
		op := batch.DeleteDeferred(memberKeySize)
		appendMemberKey(op.Key[:0], row.Conv, row.UID)
		return
	}
	op := batch.SetDeferred(memberKeySize, memberSize)
	appendMemberKey(op.Key[:0], row.Conv, row.UID)
	value := append(op.Value[:0], byte(row.Role))
	value = binary.BigEndian.AppendUint64(value, row.Since)
	binary.BigEndian.AppendUint64(value, uint64(row.Muted))
}

func setTalk(batch *engine.Batch, row *store.TalkRow) {
	if row.Gone {
		op := batch.DeleteDeferred(talkKeySize)
		appendTalkKey(op.Key[:0], row.UID, row.Conv)
		return
	}
	op := batch.SetDeferred(talkKeySize, 0)
	appendTalkKey(op.Key[:0], row.UID, row.Conv)
}

// decodeMember reads the value of a member row.
func decodeMember(uid uint64, value []byte) (m msgdef.GroupMember, ok bool) {
	if len(value) != memberSize {
		return m, false
	}
	return msgdef.GroupMember{
		UID: uid, Role: msgdef.GroupRole(value[0]),
		Since: binary.BigEndian.Uint64(value[1:]), Muted: int64(binary.BigEndian.Uint64(value[9:])),
	}, true
}

// Group implements store.Groups.
func (s *Store) Group(conv msgdef.Conversation) (g msgdef.Group, err error) {
	key := appendGroupKey(nil, conv)
	err = s.get(key, func(value []byte) error {
		if err := g.Decode(value); err != nil {
			return badRow(key, err.Error())
		}
		return nil
	})
	return g, err
}

// FindGroups implements store.Groups.
func (s *Store) FindGroups(dst []msgdef.Group, prefix string, after store.Listed, limit int) ([]msgdef.Group, error) {
	from := appendListedPrefix(nil, prefix)
	end := appendAfterPrefix(nil, from)
	if next := append(appendListedKey(nil, after), 0); after != (store.Listed{}) && bytes.Compare(next, from) > 0 {
		from = next
	}
	var found []msgdef.Conversation
	err := s.rows(from, end, limit, func(row scan) error {
		key := row.Key()
		if len(key) < 1+1+16 {
			return badRow(key, "key of a wrong length")
		}
		found = append(found, msgdef.Conversation(key[len(key)-16:]))
		return nil
	})
	for i := 0; i < len(found) && err == nil; i++ {
		var g msgdef.Group
		if g, err = s.Group(found[i]); err == nil {
			dst = append(dst, g)
		}
	}
	return dst, err
}

// Member implements store.Groups.
func (s *Store) Member(conv msgdef.Conversation, uid uint64) (m msgdef.GroupMember, err error) {
	key := appendMemberKey(nil, conv, uid)
	err = s.get(key, func(value []byte) error {
		var ok bool
		if m, ok = decodeMember(uid, value); !ok {
			return badRow(key, "a member row of a wrong length")
		}
		return nil
	})
	return m, err
}

// Members implements store.Groups.
func (s *Store) Members(dst []msgdef.GroupMember, conv msgdef.Conversation, after uint64, limit int) ([]msgdef.GroupMember, error) {
	if after == ^uint64(0) {
		return dst, nil
	}
	from, end := appendMemberKey(nil, conv, after+1), appendAfterPrefix(nil, appendMemberPrefix(nil, conv))
	err := s.rows(from, end, limit, func(row scan) error {
		value, err := row.value()
		if err != nil {
			return err
		}
		m, ok := decodeMember(lastNumber(row.Key()), value)
		if !ok {
			return badRow(row.Key(), "a member row of a wrong length")
		}
		dst = append(dst, m)
		return nil
	})
	return dst, err
}

// Talks implements store.Groups.
func (s *Store) Talks(dst []msgdef.Conversation, uid uint64, after msgdef.Conversation, limit int) ([]msgdef.Conversation, error) {
	from := append(appendTalkKey(nil, uid, after), 0)
	if after == (msgdef.Conversation{}) {
		from = appendTalkPrefix(nil, uid)
	}
	err := s.rows(from, appendAfterPrefix(nil, appendTalkPrefix(nil, uid)), limit, func(row scan) error {
		key := row.Key()
		if len(key) != talkKeySize {
			return badRow(key, "key of a wrong length")
		}
		dst = append(dst, msgdef.Conversation(key[1+8:]))
		return nil
	})
	return dst, err
}

// rows tells of up to limit rows with from ≤ key < end, each lent.
func (s *Store) rows(from, end []byte, limit int, take func(row scan) error) error {
	if limit <= 0 {
		return nil
	}
	if err := s.enter(); err != nil {
		return err
	}
	defer s.life.RUnlock()
	c, err := s.scanRange(from, end)
	if err != nil {
		return err
	}
	for ok := c.First(); ok && err == nil && limit > 0; ok = c.Next() {
		err = take(c)
		limit--
	}
	return c.close(err)
}
