package pebble

import (
	"encoding/binary"
	"errors"

	engine "github.com/cockroachdb/pebble/v2"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// ofUser are the tables whose keys begin with the user, and that nothing else points
// to.
func ofUser() [][]byte {
	return [][]byte{
		{tableInbox}, {tableSent}, {tableRead}, {tableDevice}, {tableTalk}, {tableSetting}, {tableHidden}, {tableRelation},
		{tableTally}, {tableProfile}, {tableInboxFloor}, {tableSentFloor}, {tableSignIn, signInRows},
	}
}

// Erase implements store.Deletions. What goes by range costs the same however much it
// is, so all of it goes at once. Whoever has seen the user before they were removed
// has written what they were about to when the locks are taken.
func (s *Store) Erase(uid uint64, _ int) (more bool, err error) {
	if err := s.enterToWrite(); err != nil {
		return false, err
	}
	defer s.life.RUnlock()
	s.devices.Lock()
	defer s.devices.Unlock()
	s.pushes.Lock()
	defer s.pushes.Unlock()
	s.signIns.Lock()
	defer s.signIns.Unlock()
	batch := s.db.NewBatch()
	if err := s.eraseLinked(batch, uid); err != nil {
		return false, errors.Join(err, batch.Close())
	}
	for _, table := range ofUser() {
		eraseRange(batch, binary.BigEndian.AppendUint64(append([]byte(nil), table...), uid))
	}
	return false, s.write(batch, engine.Sync)
}

// eraseLinked removes what has rows in two tables.
func (s *Store) eraseLinked(batch *engine.Batch, uid uint64) error {
	families, errFamilies := s.familiesOf(uid)
	for _, p := range families {
		dropFamily(batch, p)
	}
	tokens, errTokens := s.pushTokensOf(uid)
	for _, t := range tokens {
		dropPush(batch, t)
	}
	errLaters := s.eraseLaters(batch, uid)
	return errors.Join(errFamilies, errTokens, errLaters, s.eraseNames(batch, uid))
}

func (s *Store) eraseLaters(batch *engine.Batch, uid uint64) error {
	c, err := s.scanPrefix(appendLaterPrefix(nil, uid))
	if err != nil {
		return err
	}
	for ok := c.First(); ok && err == nil; ok = c.Next() {
		var value []byte
		if value, err = c.value(); err != nil {
			break
		}
		var row store.LaterRow
		if row, err = laterIn(c.Key(), value); err == nil {
			row.Gone = true
			setLater(batch, &row)
		}
	}
	return c.close(err)
}

// eraseNames has the user be found by no name.
func (s *Store) eraseNames(batch *engine.Batch, uid uint64) error {
	a, err := s.account(uid)
	if err == nil {
		name := store.FoundName{Name: store.Findable(a.Name), Kind: store.NameAccount, UID: uid}
		err = batch.Delete(appendFoundKey(nil, name), nil)
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	var p store.ProfileRow
	key := appendProfileKey(nil, uid)
	err = s.read(key, func(value []byte) error {
		if err := p.Decode(value); err != nil {
			return badRow(key, err.Error())
		}
		return batch.Delete(appendFoundKey(nil, store.FoundName{Name: p.Found(), Kind: store.NameOwn, UID: uid}), nil)
	})
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return err
}

// EraseConversation implements store.Deletions.
func (s *Store) EraseConversation(conv msgdef.Conversation) error {
	if err := s.enterToWrite(); err != nil {
		return err
	}
	defer s.life.RUnlock()
	batch := s.db.NewBatch()
	for _, table := range []byte{tableMessage, tableReaction, tablePin, tableBars, tableConvFloor} {
		eraseRange(batch, append([]byte{table}, conv[:]...))
	}
	return s.write(batch, engine.Sync)
}

// eraseRange removes all rows with a prefix.
func eraseRange(batch *engine.Batch, prefix []byte) {
	_ = batch.DeleteRange(prefix, appendAfterPrefix(nil, prefix), nil) // in memory: never fails
}

// gone tells whether a user was removed. The caller has entered.
func (s *Store) gone(uid uint64) (removed bool, err error) {
	key := appendStandingKey(nil, uid)
	err = s.read(key, func(value []byte) error {
		d, ok := decodeStanding(value)
		if removed = d.Removed; !ok {
			return badRow(key, "standing row cut short")
		}
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return removed, err
}
