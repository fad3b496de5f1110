package pebble

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	engine "github.com/cockroachdb/pebble/v2"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// upgrade makes rows that a store from before some version does not have, out of
// those of a table that it has.
type upgrade struct {
	name  string // of the mark that it was done
	table byte
	rows  func(s *Store, batch *engine.Batch, of scan) error
	next  func(c scan) bool // nil: row by row
}

// upgrades are all there are, in the order in which they came.
func upgrades() []upgrade {
	return []upgrade{
		{name: "talks", table: tableMessage, rows: enterPair, next: nextConversation},
		{name: "names", table: tableName, rows: enterName},
		{name: "deletions", table: tableStanding, rows: enterDeletion},
	}
}

// upgradeRows is about how many rows one write of an upgrade has.
const upgradeRows = 4096

// upgrade does what was not done yet. One that was cut short begins anew.
func (s *Store) upgrade() error {
	for _, u := range upgrades() {
		mark := appendMetaKey(nil, u.name)
		err := s.read(mark, func([]byte) error { return nil })
		if errors.Is(err, store.ErrNotFound) {
			err = s.apply(u, mark)
		}
		if err != nil {
			return fmt.Errorf("upgrade of the store, %s: %w", u.name, err)
		}
	}
	return nil
}

// apply does one upgrade, and marks it done.
func (s *Store) apply(u upgrade, mark []byte) error {
	c, err := s.scanPrefix([]byte{u.table})
	if err != nil {
		return err
	}
	next := u.next
	if next == nil {
		next = scan.Next
	}
	batch := s.db.NewBatch()
	for ok := c.First(); ok && err == nil; ok = next(c) {
		err = u.rows(s, batch, c)
		if err == nil && batch.Count() >= upgradeRows {
			err = s.write(batch, engine.NoSync)
			batch = s.db.NewBatch()
		}
	}
	if err = c.close(err); err != nil {
		return errors.Join(err, batch.Close())
	}
	_ = batch.Set(bytes.Clone(mark), nil, nil) // in memory: never fails
	return s.write(batch, engine.Sync)
}

// nextConversation goes to the first message of the next conversation.
func nextConversation(c scan) bool {
	return c.SeekGE(appendAfterPrefix(nil, c.Key()[:messageKeySize-8]))
}

// enterPair adds the talks of the pair that a message is of, to a store from before
// it knew who has which.
func enterPair(_ *Store, batch *engine.Batch, of scan) error {
	key := of.Key()
	if len(key) != messageKeySize {
		return badRow(key, "key of a wrong length")
	}
	conv := msgdef.Conversation(key[1:])
	a, b, ok := msgdef.PairMembers(conv)
	if !ok {
		return nil
	}
	setTalk(batch, &store.TalkRow{UID: a, Conv: conv})
	setTalk(batch, &store.TalkRow{UID: b, Conv: conv})
	return nil
}

// enterName has an account be found, unless it was removed, in a store from before
// people were found by name.
func enterName(s *Store, batch *engine.Batch, of scan) error {
	value, err := of.value()
	if err == nil && len(value) != numberSize {
		err = badRow(of.Key(), "a name row of a wrong length")
	}
	if err != nil {
		return err
	}
	uid := binary.BigEndian.Uint64(value)
	gone, err := s.gone(uid)
	if err == nil && !gone {
		setFoundAccount(batch, uid, string(of.Key()[1:]))
	}
	return err
}

// enterDeletion has a removed account be cleaned, in a store from before that was
// done.
func enterDeletion(_ *Store, batch *engine.Batch, of scan) error {
	value, err := of.value()
	if err != nil {
		return err
	}
	d, whole := decodeStanding(value)
	if !whole || len(of.Key()) != accountKeySize {
		return badRow(of.Key(), "standing row cut short")
	}
	if d.Removed {
		setDeletion(batch, store.Deletion{UID: firstNumber(of.Key())})
	}
	return nil
}
