package storetest

import (
	"math"
	"testing"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

func testGreatestCSeq(t *testing.T, s store.Store) {
	conv := msgdef.Pair(math.MaxUint64, math.MaxUint64)
	commit(t, s, &store.Commit{Messages: []store.MessageRow{
		{Conv: conv, CSeq: math.MaxUint64 - 1, Bytes: []byte("last but one")},
		{Conv: conv, CSeq: math.MaxUint64, Bytes: []byte("last")},
	}})
	head, err := s.ConversationHead(conv)
	equal(t, "head", value(t, head, err), math.MaxUint64)
	rows, err := s.Range(nil, conv, 1, math.MaxUint64, true, 1, 100)
	equal(t, "newest", texts(value(t, rows, err)), []string{"last"})
	rows, err = s.Range(nil, conv, 1, math.MaxUint64, false, 9, 100)
	equal(t, "all", texts(value(t, rows, err)), []string{"last but one", "last"})
}

// testNeighbouringConversations has names that differ in one bit at either
// end, and one whose name begins another table's keys.
func testNeighbouringConversations(t *testing.T, s store.Store) {
	var c store.Commit
	convs := []msgdef.Conversation{
		{}, {15: 1}, {14: 1}, {0: 1}, {0: 0xff}, msgdef.Pair(1, math.MaxUint64), msgdef.Pair(2, 2),
	}
	for i, conv := range convs {
		c.Messages = append(c.Messages, store.MessageRow{Conv: conv, CSeq: uint64(i + 1), Bytes: conv[:]})
	}
	commit(t, s, &c)
	for i, conv := range convs {
		head, err := s.ConversationHead(conv)
		equal(t, "head", value(t, head, err), uint64(i+1))
		rows, err := s.Range(nil, conv, 0, math.MaxUint64, false, 100, 1000)
		equal(t, "messages", texts(value(t, rows, err)), []string{string(conv[:])})
	}
}

// testMessageOwnership changes what went in and what came out.
func testMessageOwnership(t *testing.T, s store.Store) {
	conv := msgdef.Pair(1, 2)
	body := []byte("mine")
	c := &store.Commit{
		Messages: []store.MessageRow{{Conv: conv, CSeq: 1, Bytes: body}},
		Inbox:    []store.InboxRow{{UID: 1, USeq: 1, Conv: conv, CSeq: 1}},
	}
	p, err := s.Apply(c)
	ok(t, err)
	copy(body, "gone")
	c.Inbox[0] = store.InboxRow{UID: 9, USeq: 9, CSeq: 9}
	c.Reset()
	ok(t, p.Wait())
	for range 2 { // the second time sees what the first could have spoiled
		one, err := s.Message(conv, 1)
		equal(t, "message", string(value(t, one, err)), "mine")
		rows, err := s.Range(nil, conv, 1, 1, false, 1, 100)
		equal(t, "range", texts(value(t, rows, err)), []string{"mine"})
		inbox, err := s.Inbox(nil, 1, 0, 1, 1, 100)
		equal(t, "inbox", string(value(t, inbox, err)[0].Bytes), "mine")
		for _, b := range [][]byte{one, rows[0], inbox[0].Bytes} {
			copy(b, "gone")
			_ = append(b, "and more"...)
		}
	}
}

func testReadMarks(t *testing.T, s store.Store) {
	a, b := msgdef.Pair(1, 2), msgdef.Pair(1, 3)
	commit(t, s, &store.Commit{Reads: []store.ReadRow{{UID: 1, Conv: a, CSeq: 5}, {UID: 2, Conv: a, CSeq: 7}}})
	commit(t, s, &store.Commit{Reads: []store.ReadRow{{UID: 1, Conv: a, CSeq: 6}}})
	for _, test := range []struct {
		uid  uint64
		conv msgdef.Conversation
		want uint64
	}{{1, a, 6}, {2, a, 7}, {1, b, 0}, {3, b, 0}} {
		mark, err := s.ReadMark(test.uid, test.conv)
		equal(t, "read mark", value(t, mark, err), test.want)
	}
}

// testReadMarkTwice is about two rows that go on; which of them a shared store
// takes, of others, is the greater.
func testReadMarkTwice(t *testing.T, s store.Store) {
	conv := msgdef.Pair(1, 2)
	commit(t, s, &store.Commit{Reads: []store.ReadRow{{UID: 1, Conv: conv, CSeq: 3}, {UID: 1, Conv: conv, CSeq: 4}}})
	mark, err := s.ReadMark(1, conv)
	equal(t, "the later row of a commit", value(t, mark, err), 4)
}
