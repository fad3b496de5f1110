package pebble

import (
	"bytes"
	"errors"
	"slices"

	engine "github.com/cockroachdb/pebble/v2"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// ConversationHead implements store.Conversations.
func (s *Store) ConversationHead(conv msgdef.Conversation) (uint64, error) {
	head, err := s.head(appendMessagePrefix(nil, conv))
	if err != nil || head != 0 {
		return head, err
	}
	floor, err := s.ConversationFloor(conv)
	return floor.CSeq, err
}

// Message implements store.Conversations.
func (s *Store) Message(conv msgdef.Conversation, cseq uint64) (message []byte, err error) {
	err = s.get(appendMessageKey(nil, conv, cseq), func(value []byte) error {
		message = bytes.Clone(value)
		return nil
	})
	return message, err
}

// Range implements store.Conversations.
func (s *Store) Range(dst [][]byte, conv msgdef.Conversation, from, to uint64, newest bool, limit, maxBytes int) ([][]byte, error) {
	if from > to || limit <= 0 {
		return dst, nil
	}
	if err := s.enter(); err != nil {
		return dst, err
	}
	defer s.life.RUnlock()
	c, err := s.scanRange(appendMessageKey(nil, conv, from), append(appendMessageKey(nil, conv, to), 0))
	if err != nil {
		return dst, err
	}
	start, next := c.First, c.Next
	if newest {
		start, next = c.Last, c.Prev
	}
	begin := len(dst)
	p := page{maxRows: limit, maxBytes: maxBytes}
	for ok := start(); ok && !p.full(); ok = next() {
		var value []byte
		if err = p.follow(c.Key()); err != nil {
			break
		}
		if value, err = c.value(); err != nil || !p.take(len(value)) {
			break
		}
		dst = append(dst, bytes.Clone(value))
	}
	if newest {
		slices.Reverse(dst[begin:])
	}
	return dst, c.close(err)
}

// ReadMark implements store.Conversations.
func (s *Store) ReadMark(uid uint64, conv msgdef.Conversation) (uint64, error) {
	cseq, err := s.number(appendReadKey(nil, uid, conv))
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	return cseq, err
}

// emojiSize is the greatest length of an emoji in bytes, about.
const emojiSize = 32

func setReaction(batch *engine.Batch, row *store.ReactionRow) {
	if row.Gone {
		op := batch.DeleteDeferred(reactionKeySize)
		appendReactionKey(op.Key[:0], row.Conv, row.CSeq, row.UID)
		return
	}
	op := batch.SetDeferred(reactionKeySize, len(row.Emoji))
	appendReactionKey(op.Key[:0], row.Conv, row.CSeq, row.UID)
	copy(op.Value, row.Emoji)
}

// Reaction implements store.Conversations.
func (s *Store) Reaction(conv msgdef.Conversation, cseq, uid uint64) (emoji string, err error) {
	err = s.get(appendReactionKey(nil, conv, cseq, uid), func(value []byte) error {
		emoji = string(value)
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return emoji, err
}
