package pebble

import (
	"bytes"
	"cmp"
	"errors"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// InboxHead implements store.Inboxes.
func (s *Store) InboxHead(uid uint64) (uint64, error) {
	return s.headAbove(appendInboxPrefix(nil, uid), appendInboxFloorKey(nil, uid))
}

// Inbox implements store.Inboxes.
func (s *Store) Inbox(dst []store.InboxEntry, uid, after, upTo uint64, limit, maxBytes int) ([]store.InboxEntry, error) {
	if after >= upTo || limit <= 0 {
		return dst, nil
	}
	if err := s.enter(); err != nil {
		return dst, err
	}
	defer s.life.RUnlock()
	c, err := s.scanRange(appendInboxKey(nil, uid, after+1), append(appendInboxKey(nil, uid, upTo), 0))
	if err != nil {
		return dst, err
	}
	p := page{maxRows: limit, maxBytes: maxBytes}
	key := make([]byte, 0, messageKeySize)
	taken := true
	for ok := c.First(); ok && taken && err == nil && !p.full(); ok = c.Next() {
		if err = p.follow(c.Key()); err == nil {
			dst, taken, err = s.appendEntry(dst, c, &p, key)
		}
	}
	return dst, c.close(err)
}

// InboxNext implements store.Inboxes.
func (s *Store) InboxNext(uid uint64, conv msgdef.Conversation, after, upTo uint64) (entry store.InboxEntry, err error) {
	if after >= upTo {
		return entry, store.ErrNotFound
	}
	if err := s.enter(); err != nil {
		return entry, err
	}
	defer s.life.RUnlock()
	c, err := s.scanRange(appendInboxKey(nil, uid, after+1), append(appendInboxKey(nil, uid, upTo), 0))
	if err != nil {
		return entry, err
	}
	for ok := c.First(); ok; ok = c.Next() {
		pointer, err := c.value()
		if err != nil {
			return entry, c.close(err)
		}
		to, cseq, ok := decodePointer(pointer)
		if !ok {
			return entry, c.close(badRow(c.Key(), "pointer of a wrong length"))
		}
		if to == conv {
			entry = store.InboxEntry{USeq: lastNumber(c.Key()), Conv: conv, CSeq: cseq}
			return entry, c.close(nil)
		}
	}
	return entry, cmp.Or(c.close(nil), store.ErrNotFound)
}

// appendEntry adds the inbox row of the scan with its message, unless the page
// has no room for it. key is a buffer.
func (s *Store) appendEntry(dst []store.InboxEntry, c scan, p *page, key []byte) ([]store.InboxEntry, bool, error) {
	pointer, err := c.value()
	if err != nil {
		return dst, false, err
	}
	conv, cseq, ok := decodePointer(pointer)
	if !ok {
		return dst, false, badRow(c.Key(), "pointer of a wrong length")
	}
	entry := store.InboxEntry{USeq: lastNumber(c.Key()), Conv: conv, CSeq: cseq}
	message, closer, err := s.db.Get(appendMessageKey(key, conv, cseq))
	if err != nil {
		if err = s.explainMissing(c, conv, cseq, explainRead(err)); err != nil || !p.take(0) {
			return dst, false, err
		}
		return append(dst, entry), true, nil
	}
	defer closer.Close()
	if !p.take(len(message)) {
		return dst, false, nil
	}
	entry.Bytes = bytes.Clone(message)
	return append(dst, entry), true, nil
}

// explainMissing returns nil when the message of an inbox row could not be read
// because it was dropped.
func (s *Store) explainMissing(c scan, conv msgdef.Conversation, cseq uint64, err error) error {
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	floor, err := s.conversationFloor(conv)
	if err == nil && cseq > floor.CSeq {
		err = badRow(c.Key(), "points to a message that is not there")
	}
	return err
}
