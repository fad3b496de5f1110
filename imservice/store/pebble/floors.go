package pebble

import (
	"encoding/binary"
	"errors"

	engine "github.com/cockroachdb/pebble/v2"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// setFloors drops what is below the floors of a commit, a range at a time, and
// keeps the floors. One that is not above what is there changes nothing.
func (s *Store) setFloors(batch *engine.Batch, c *store.Commit) error {
	if len(c.InboxFloors)+len(c.SentFloors)+len(c.ConversationFloors) == 0 {
		return nil
	}
	batch.Set(appendMetaKey(nil, "format"), binary.BigEndian.AppendUint16(nil, formatFloors), nil)
	for _, f := range c.InboxFloors {
		floor, err := s.floor(appendInboxFloorKey(nil, f.UID))
		if err != nil {
			return err
		}
		if f.USeq > floor {
			dropRange(batch, appendInboxPrefix(nil, f.UID), floor, f.USeq)
			batch.Set(appendInboxFloorKey(nil, f.UID), binary.BigEndian.AppendUint64(nil, f.USeq), nil)
		}
	}
	for _, f := range c.SentFloors {
		key := appendSentFloorKey(nil, f.Sender)
		floor, err := s.floor(key)
		if err != nil {
			return err
		}
		if f.Counter > floor {
			dropRange(batch, appendSentPrefix(nil, f.UID, f.Device), floor, f.Counter)
			batch.Set(key, binary.BigEndian.AppendUint64(nil, f.Counter), nil)
		}
	}
	return s.setConversationFloors(batch, c.ConversationFloors)
}

func (s *Store) setConversationFloors(batch *engine.Batch, floors []store.ConversationFloor) error {
	for _, f := range floors {
		floor, err := s.conversationFloor(f.Conv)
		if err != nil {
			return err
		}
		if f.CSeq <= floor.CSeq {
			continue
		}
		for _, table := range []byte{tableMessage, tableReaction, tablePin} {
			dropRange(batch, append([]byte{table}, f.Conv[:]...), floor.CSeq, f.CSeq)
		}
		batch.Set(appendConversationFloorKey(nil, f.Conv), appendConversationFloor(nil, f), nil)
	}
	return nil
}

// dropRange drops the rows whose key is prefix and a number above from, up to to,
// whatever follows.
func dropRange(batch *engine.Batch, prefix []byte, from, to uint64) {
	begin := binary.BigEndian.AppendUint64(append([]byte(nil), prefix...), from+1) // from is below to
	end := appendAfterPrefix(nil, binary.BigEndian.AppendUint64(append([]byte(nil), prefix...), to))
	_ = batch.DeleteRange(begin, end, nil) // in memory: never fails
}

// appendConversationFloor appends the value of a conversation's floor: cseq at
// count.
func appendConversationFloor(dst []byte, f store.ConversationFloor) []byte {
	dst = binary.BigEndian.AppendUint64(dst, f.CSeq)
	dst = binary.BigEndian.AppendUint64(dst, uint64(f.At))
	return binary.BigEndian.AppendUint64(dst, f.Count)
}

func decodeConversationFloor(value []byte) (f store.ConversationFloor, ok bool) {
	if len(value) != conversationFloorSize {
		return f, false
	}
	f.CSeq = binary.BigEndian.Uint64(value)
	f.At = int64(binary.BigEndian.Uint64(value[8:]))
	f.Count = binary.BigEndian.Uint64(value[16:])
	return f, true
}

// floor reads a floor that is one number. The caller has entered.
func (s *Store) floor(key []byte) (uint64, error) {
	n, err := s.readNumber(key)
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	return n, err
}

// conversationFloor is ConversationFloor for those who have entered.
func (s *Store) conversationFloor(conv msgdef.Conversation) (f store.ConversationFloor, err error) {
	key := appendConversationFloorKey(nil, conv)
	err = s.read(key, func(value []byte) error {
		var ok bool
		if f, ok = decodeConversationFloor(value); !ok {
			return badRow(key, "floor of a wrong length")
		}
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	f.Conv = conv
	return f, err
}

// InboxFloor implements store.Floors.
func (s *Store) InboxFloor(uid uint64) (uint64, error) {
	return s.enteredFloor(appendInboxFloorKey(nil, uid))
}

// SentFloor implements store.Floors.
func (s *Store) SentFloor(of store.Sender) (uint64, error) {
	return s.enteredFloor(appendSentFloorKey(nil, of))
}

// ConversationFloor implements store.Floors.
func (s *Store) ConversationFloor(conv msgdef.Conversation) (store.ConversationFloor, error) {
	if err := s.enter(); err != nil {
		return store.ConversationFloor{}, err
	}
	defer s.life.RUnlock()
	return s.conversationFloor(conv)
}

func (s *Store) enteredFloor(key []byte) (uint64, error) {
	if err := s.enter(); err != nil {
		return 0, err
	}
	defer s.life.RUnlock()
	return s.floor(key)
}

// headAbove returns the head of a table's prefix, or the floor when nothing is
// left above it.
func (s *Store) headAbove(prefix, floor []byte) (uint64, error) {
	head, err := s.head(prefix)
	if err != nil || head != 0 {
		return head, err
	}
	return s.enteredFloor(floor)
}

// Inboxes implements store.Floors.
func (s *Store) Inboxes(dst []uint64, after uint64, limit int) ([]uint64, error) {
	end := len(dst) + limit
	err := s.owners(tableInbox, appendInboxPrefix(nil, after), func(key []byte) bool {
		if len(dst) >= end {
			return false
		}
		dst = append(dst, firstNumber(key))
		return true
	})
	return dst, err
}

// Conversations implements store.Floors.
func (s *Store) Conversations(dst []msgdef.Conversation, after msgdef.Conversation, limit int) ([]msgdef.Conversation, error) {
	end := len(dst) + limit
	err := s.owners(tableMessage, appendMessagePrefix(nil, after), func(key []byte) bool {
		if len(dst) >= end {
			return false
		}
		dst = append(dst, msgdef.Conversation(key[1:]))
		return true
	})
	return dst, err
}

// Senders implements store.Floors.
func (s *Store) Senders(dst []store.Sender, after store.Sender, limit int) ([]store.Sender, error) {
	end := len(dst) + limit
	err := s.owners(tableSent, appendSentPrefix(nil, after.UID, after.Device), func(key []byte) bool {
		if len(dst) >= end {
			return false
		}
		dst = append(dst, store.Sender{UID: firstNumber(key), Device: binary.BigEndian.Uint64(key[9:])})
		return true
	})
	return dst, err
}

// owners goes from owner to owner of a table's rows, whose keys are the owner and
// a number, behind the one that after names, until take returns false.
func (s *Store) owners(table byte, after []byte, take func(key []byte) bool) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.life.RUnlock()
	c, err := s.scanPrefix([]byte{table})
	if err != nil {
		return err
	}
	next := appendAfterPrefix(nil, after)
	for len(next) > 0 && c.SeekGE(next) {
		if len(c.Key()) != len(after)+8 {
			return c.close(badRow(c.Key(), "key of a wrong length"))
		}
		if !take(c.Key()) {
			break
		}
		next = appendAfterPrefix(next[:0], c.Key()[:len(after)])
	}
	return c.close(nil)
}

// SentAfter implements store.Floors.
func (s *Store) SentAfter(dst []store.SentRow, of store.Sender, counter uint64, limit int) ([]store.SentRow, error) {
	if err := s.enter(); err != nil {
		return dst, err
	}
	defer s.life.RUnlock()
	prefix := appendSentPrefix(nil, of.UID, of.Device)
	c, err := s.scanRange(append(appendSentKey(nil, of.UID, of.Device, counter), 0), appendAfterPrefix(nil, prefix))
	if err != nil {
		return dst, err
	}
	end := len(dst) + limit
	for ok := c.First(); ok && len(dst) < end; ok = c.Next() {
		var value []byte
		if value, err = c.value(); err != nil {
			break
		}
		row, ok := decodeSent(value)
		if !ok {
			err = badRow(c.Key(), "sent row of a wrong length")
			break
		}
		row.UID, row.Device, row.Counter = of.UID, of.Device, lastNumber(c.Key())
		dst = append(dst, row)
	}
	return dst, c.close(err)
}
