package storetest

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

func testMessages(t *testing.T, place func(t *testing.T) Opener) {
	cases{
		"empty":              testEmptyConversation,
		"one":                testOneMessage,
		"range":              testRange,
		"range limits":       testRangeLimits,
		"range appends":      testRangeAppends,
		"greatest numbers":   testGreatestCSeq,
		"neighbours":         testNeighbouringConversations,
		"bytes are owned":    testMessageOwnership,
		"read marks":         testReadMarks,
		"read mark in batch": testReadMarkTwice,
	}.run(t, place)
}

// conversation fills conv with messages 1 to n, "1" to "n".
func conversation(t *testing.T, s store.Store, conv msgdef.Conversation, n int) {
	t.Helper()
	var c store.Commit
	for i := 1; i <= n; i++ {
		c.Messages = append(c.Messages, store.MessageRow{Conv: conv, CSeq: uint64(i), Bytes: fmt.Append(nil, i)})
	}
	commit(t, s, &c)
}

func texts(rows [][]byte) []string {
	all := []string{}
	for _, row := range rows {
		all = append(all, string(row))
	}
	return all
}

func testEmptyConversation(t *testing.T, s store.Store) {
	conv := msgdef.Pair(1, 2)
	head, err := s.ConversationHead(conv)
	equal(t, "head", value(t, head, err), 0)
	_, err = s.Message(conv, 1)
	wantErr(t, err, store.ErrNotFound)
	rows, err := s.Range(nil, conv, 0, math.MaxUint64, false, 10, 1000)
	equal(t, "range", len(value(t, rows, err)), 0)
	mark, err := s.ReadMark(1, conv)
	equal(t, "read mark", value(t, mark, err), 0)
}

func testOneMessage(t *testing.T, s store.Store) {
	conv := msgdef.Pair(1, 2)
	for cseq, body := range map[uint64][]byte{1: {}, 2: {0}, 3: bytes.Repeat([]byte{0xff}, msgdef.MaxStored)} {
		commit(t, s, &store.Commit{Messages: []store.MessageRow{{Conv: conv, CSeq: cseq, Bytes: body}}})
		got, err := s.Message(conv, cseq)
		if !bytes.Equal(value(t, got, err), body) {
			t.Fatalf("message of %d bytes came back as %d other ones", len(body), len(got))
		}
	}
	_, err := s.Message(conv, 4)
	wantErr(t, err, store.ErrNotFound)
}

func testRange(t *testing.T, s store.Store) {
	conv := msgdef.Pair(7, 9)
	conversation(t, s, conv, 9)
	for _, test := range []struct {
		from, to uint64
		newest   bool
		limit    int
		want     []string
	}{
		{1, 9, false, 100, []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"}},
		{1, 9, true, 100, []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"}},
		{0, math.MaxUint64, false, 2, []string{"1", "2"}},
		{0, math.MaxUint64, true, 2, []string{"8", "9"}},
		{3, 5, false, 100, []string{"3", "4", "5"}},
		{3, 5, true, 2, []string{"4", "5"}},
		{4, 4, false, 1, []string{"4"}},
		{4, 4, true, 1, []string{"4"}},
		{5, 4, false, 9, []string{}},
		{10, 20, true, 9, []string{}},
		{1, 9, false, 0, []string{}},
		{1, 9, true, -1, []string{}},
	} {
		rows, err := s.Range(nil, conv, test.from, test.to, test.newest, test.limit, 1000)
		equal(t, fmt.Sprintf("range %+v", test), texts(value(t, rows, err)), test.want)
	}
}

func testRangeLimits(t *testing.T, s store.Store) {
	conv := msgdef.Pair(1, 2)
	var c store.Commit
	for i, size := range []int{100, 50, 50, 300} {
		c.Messages = append(c.Messages, store.MessageRow{Conv: conv, CSeq: uint64(i + 1), Bytes: make([]byte, size)})
	}
	commit(t, s, &c)
	for _, test := range []struct {
		newest   bool
		maxBytes int
		want     int
	}{
		{false, 200, 3}, {false, 199, 2}, {false, 100, 1}, {false, 1, 1}, {false, 0, 1}, {false, 500, 4},
		{true, 300, 1}, {true, 1, 1}, {true, 0, 1}, {true, 350, 2}, {true, 499, 3}, {true, 500, 4},
	} {
		rows, err := s.Range(nil, conv, 1, 4, test.newest, 10, test.maxBytes)
		equal(t, fmt.Sprintf("rows for %+v", test), len(value(t, rows, err)), test.want)
	}
}

func testRangeAppends(t *testing.T, s store.Store) {
	conv := msgdef.Pair(1, 2)
	conversation(t, s, conv, 3)
	for _, newest := range []bool{false, true} {
		rows, err := s.Range([][]byte{[]byte("b"), []byte("a")}, conv, 2, 3, newest, 10, 100)
		equal(t, "appended", texts(value(t, rows, err)), []string{"b", "a", "2", "3"})
	}
}
