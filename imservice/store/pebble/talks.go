package pebble

import (
	"bytes"
	"errors"
	"fmt"

	engine "github.com/cockroachdb/pebble/v2"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// talksAtOnce is how many pairs one write enters, in a store from before there
// were talks.
const talksAtOnce = 4096

// enterTalks makes a store from before there were talks know who has which
// pair. It goes from pair to pair, not from message to message; one that was cut
// short begins anew.
func (s *Store) enterTalks() error {
	done := appendMetaKey(nil, "talks")
	err := s.read(done, func([]byte) error { return nil })
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	table := []byte{tableMessage}
	c, err := s.scanPrefix(table)
	if err != nil {
		return err
	}
	batch := s.db.NewBatch()
	for ok := c.First(); ok && err == nil; ok = c.SeekGE(appendAfterPrefix(nil, c.Key()[:messageKeySize-8])) {
		err = enterPair(batch, c.Key())
		if err == nil && batch.Count() >= talksAtOnce {
			err = s.write(batch, engine.NoSync)
			batch = s.db.NewBatch()
		}
	}
	if err = c.close(err); err != nil {
		return fmt.Errorf("enter conversations: %w", errors.Join(err, batch.Close()))
	}
	_ = batch.Set(bytes.Clone(done), nil, nil) // in memory: never fails
	return s.write(batch, engine.Sync)
}

// enterPair adds the talks of the pair that a message is of.
func enterPair(batch *engine.Batch, key []byte) error {
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
