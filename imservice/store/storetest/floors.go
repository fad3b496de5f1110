package storetest

import (
	"fmt"
	"math"
	"testing"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

func testFloors(t *testing.T, place func(t *testing.T) Opener) {
	cases{
		"none":             testNoFloors,
		"inbox":            testInboxFloor,
		"conversation":     testConversationFloor,
		"dropped messages": testDroppedMessages,
		"sent":             testSentFloor,
		"never back":       testFloorsNeverGoBack,
		"with its rows":    testFloorsInOneCommit,
		"neighbours":       testNeighbouringFloors,
		"owners":           testOwners,
	}.run(t, place)
	t.Run("opened again", func(t *testing.T) { testFloorsOpened(t, place(t)) })
	t.Run("powercut", func(t *testing.T) {
		if at, can := place(t).(PowerCutter); can {
			testFloorsPowerCut(t, at)
		}
	})
}

func sender(uid, device uint64) store.Sender { return store.Sender{UID: uid, Device: device} }

func testNoFloors(t *testing.T, s store.Store) {
	equal(t, "floor of an inbox", number(t)(s.InboxFloor(1)), 0)
	equal(t, "floor of a sender", number(t)(s.SentFloor(sender(1, 2))), 0)
	floor, err := s.ConversationFloor(msgdef.Pair(1, 2))
	equal(t, "floor of a conversation", value(t, floor, err), store.ConversationFloor{Conv: msgdef.Pair(1, 2)})
	users, err := s.Inboxes(nil, 0, 9)
	equal(t, "inboxes", len(value(t, users, err)), 0)
	convs, err := s.Conversations(nil, msgdef.Conversation{}, 9)
	equal(t, "conversations", len(value(t, convs, err)), 0)
	senders, err := s.Senders(nil, store.Sender{}, 9)
	equal(t, "senders", len(value(t, senders, err)), 0)
}

// entries checks what an inbox has.
func entries(t *testing.T, s store.Store, uid, first, last uint64) {
	t.Helper()
	list, err := s.Inbox(nil, uid, 0, math.MaxUint64, 1000, 1<<20)
	var got, want []uint64
	for _, entry := range value(t, list, err) {
		got = append(got, entry.USeq)
	}
	for useq := first; useq <= last; useq++ {
		want = append(want, useq)
	}
	equal(t, "entries", got, want)
	equal(t, "head", number(t)(s.InboxHead(uid)), last)
}

func testInboxFloor(t *testing.T, s store.Store) {
	inbox(t, s, 5, 9)
	commit(t, s, &store.Commit{InboxFloors: []store.InboxFloor{{UID: 5, USeq: 4}}})
	entries(t, s, 5, 5, 9)
	equal(t, "floor", number(t)(s.InboxFloor(5)), 4)
	commit(t, s, &store.Commit{InboxFloors: []store.InboxFloor{{UID: 5, USeq: 9}}})
	entries(t, s, 5, 10, 9)
	users, err := s.Inboxes(nil, 0, 9)
	equal(t, "inboxes", len(value(t, users, err)), 0)
	conv := msgdef.Pair(5, 6)
	commit(t, s, &store.Commit{
		Messages: []store.MessageRow{{Conv: conv, CSeq: 1, Bytes: []byte("next")}},
		Inbox:    []store.InboxRow{{UID: 5, USeq: 10, Conv: conv, CSeq: 1}},
	})
	entries(t, s, 5, 10, 10)
}

func testConversationFloor(t *testing.T, s store.Store) {
	conv := msgdef.Pair(7, 9)
	conversation(t, s, conv, 9)
	commit(t, s, &store.Commit{
		Reactions: []store.ReactionRow{{Conv: conv, CSeq: 6, UID: 7, Emoji: "+"}, {Conv: conv, CSeq: 7, UID: 7, Emoji: "+"}},
		Pins:      []store.PinRow{{Conv: conv, CSeq: 6}, {Conv: conv, CSeq: 7}},
	})
	low := store.ConversationFloor{Conv: conv, CSeq: 6, At: 66, Count: 5}
	commit(t, s, &store.Commit{ConversationFloors: []store.ConversationFloor{low}})
	rows, err := s.Range(nil, conv, 0, math.MaxUint64, false, 100, 1000)
	equal(t, "left", texts(value(t, rows, err)), []string{"7", "8", "9"})
	_, err = s.Message(conv, 6)
	wantErr(t, err, store.ErrNotFound)
	for cseq, want := range map[uint64]string{6: "", 7: "+"} {
		emoji, err := s.Reaction(conv, cseq, 7)
		equal(t, "reaction", value(t, emoji, err), want)
	}
	pins, err := s.Pins(nil, conv, 0, math.MaxUint64, 9)
	equal(t, "pins", value(t, pins, err), []uint64{7})
	floor, err := s.ConversationFloor(conv)
	equal(t, "floor", value(t, floor, err), low)

	high := store.ConversationFloor{Conv: conv, CSeq: 9, At: 99, Count: 8}
	commit(t, s, &store.Commit{ConversationFloors: []store.ConversationFloor{high}})
	rows, err = s.Range(nil, conv, 0, math.MaxUint64, true, 100, 1000)
	equal(t, "left", len(value(t, rows, err)), 0)
	equal(t, "head", number(t)(s.ConversationHead(conv)), 9)
	floor, err = s.ConversationFloor(conv)
	equal(t, "floor", value(t, floor, err), high)
}

// testDroppedMessages reads an inbox whose messages were dropped, some of them.
func testDroppedMessages(t *testing.T, s store.Store) {
	inbox(t, s, 5, 6) // to three others in turn
	conv := msgdef.Pair(5, 1001)
	commit(t, s, &store.Commit{ConversationFloors: []store.ConversationFloor{{Conv: conv, CSeq: 1}}})
	list, err := s.Inbox(nil, 5, 0, 6, 9, 1000)
	var got []string
	for _, entry := range value(t, list, err) {
		got = append(got, fmt.Sprintf("%d %d %q %v", entry.USeq, entry.CSeq, entry.Bytes, entry.Conv == conv))
	}
	equal(t, "entries", got, []string{
		`1 1 "" true`, `2 2 "2 to 5" false`, `3 3 "3 to 5" false`, `4 4 "4 to 5" true`, `5 5 "5 to 5" false`, `6 6 "6 to 5" false`,
	})
	if list[0].Bytes != nil {
		t.Error("a message that is kept no more is not nil")
	}
}

func testSentFloor(t *testing.T, s store.Store) {
	var c store.Commit
	for counter := range uint64(9) {
		c.Sent = append(c.Sent, store.SentRow{UID: 1, Device: 2, Counter: counter*10 + 10, Conv: msgdef.Pair(1, 3), CSeq: counter + 1})
	}
	commit(t, s, &c)
	for _, test := range []struct {
		floor uint64
		left  int
	}{{5, 9}, {40, 5}, {45, 5}, {90, 0}, {99, 0}} {
		commit(t, s, &store.Commit{SentFloors: []store.SentFloor{{Sender: sender(1, 2), Counter: test.floor}}})
		rows, err := s.SentAfter(nil, sender(1, 2), 0, 100)
		equal(t, "left", value(t, rows, err), orNone(c.Sent[9-test.left:]))
		equal(t, "floor", number(t)(s.SentFloor(sender(1, 2))), test.floor)
		equal(t, "head", number(t)(s.SentHead(1, 2)), max(90, test.floor))
	}
	_, err := s.Sent(1, 2, 90)
	wantErr(t, err, store.ErrNotFound)
}

// orNone makes nil of an empty list, as reads that find nothing return it.
func orNone[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}

func testFloorsNeverGoBack(t *testing.T, s store.Store) {
	conv := msgdef.Pair(1, 2)
	for _, n := range []uint64{7, 3, 7} {
		commit(t, s, &store.Commit{
			InboxFloors:        []store.InboxFloor{{UID: 5, USeq: n}},
			ConversationFloors: []store.ConversationFloor{{Conv: conv, CSeq: n, At: int64(n), Count: n}},
			SentFloors:         []store.SentFloor{{Sender: sender(1, 2), Counter: n}},
		})
		equal(t, "floor of the inbox", number(t)(s.InboxFloor(5)), 7)
		equal(t, "floor of the sender", number(t)(s.SentFloor(sender(1, 2))), 7)
		floor, err := s.ConversationFloor(conv)
		equal(t, "floor of the conversation", value(t, floor, err), store.ConversationFloor{Conv: conv, CSeq: 7, At: 7, Count: 7})
	}
}

// testFloorsInOneCommit drops what the same commit has written.
func testFloorsInOneCommit(t *testing.T, s store.Store) {
	conv := msgdef.Pair(5, 6)
	c := &store.Commit{
		InboxFloors:        []store.InboxFloor{{UID: 5, USeq: 2}},
		ConversationFloors: []store.ConversationFloor{{Conv: conv, CSeq: 2}},
	}
	for n := uint64(1); n <= 3; n++ {
		c.Messages = append(c.Messages, store.MessageRow{Conv: conv, CSeq: n, Bytes: fmt.Append(nil, n)})
		c.Inbox = append(c.Inbox, store.InboxRow{UID: 5, USeq: n, Conv: conv, CSeq: n})
	}
	commit(t, s, c)
	entries(t, s, 5, 3, 3)
	rows, err := s.Range(nil, conv, 0, math.MaxUint64, false, 9, 1000)
	equal(t, "left", texts(value(t, rows, err)), []string{"3"})
}

func testNeighbouringFloors(t *testing.T, s store.Store) {
	uids := []uint64{1, 2, 255, 256, math.MaxUint64 - 1, math.MaxUint64}
	for _, uid := range uids {
		inbox(t, s, uid, 4)
		commit(t, s, &store.Commit{Sent: []store.SentRow{{UID: 1, Device: uid, Counter: 1}, {UID: 1, Device: uid, Counter: 2}}})
	}
	for i, uid := range uids {
		commit(t, s, &store.Commit{
			InboxFloors: []store.InboxFloor{{UID: uid, USeq: 3}},
			SentFloors:  []store.SentFloor{{Sender: sender(1, uid), Counter: 1}},
		})
		for j, other := range uids {
			first, sent := uint64(1), 2
			if j <= i {
				first, sent = 4, 1
			}
			entries(t, s, other, first, 4)
			rows, err := s.SentAfter(nil, sender(1, other), 0, 9)
			equal(t, "sent rows", len(value(t, rows, err)), sent)
		}
	}
}

// testOwners goes through those who have something, page by page.
func testOwners(t *testing.T, s store.Store) {
	uids := []uint64{1, 2, 255, 256, math.MaxUint64}
	var convs []msgdef.Conversation
	var senders []store.Sender
	for _, uid := range uids {
		conv := msgdef.Pair(uid, math.MaxUint64)
		commit(t, s, &store.Commit{
			Messages: []store.MessageRow{{Conv: conv, CSeq: 1}, {Conv: conv, CSeq: 2}},
			Inbox:    []store.InboxRow{{UID: uid, USeq: 1, Conv: conv, CSeq: 1}, {UID: uid, USeq: 2, Conv: conv, CSeq: 2}},
			Sent:     []store.SentRow{{UID: uid, Device: 1, Counter: 1}, {UID: uid, Device: math.MaxUint64, Counter: 1}},
		})
		convs = append(convs, conv)
		senders = append(senders, sender(uid, 1), sender(uid, math.MaxUint64))
	}
	for _, limit := range []int{1, 2, 100} {
		equal(t, "inboxes", pages(t, uint64(0), limit, s.Inboxes), uids)
		equal(t, "conversations", pages(t, msgdef.Conversation{}, limit, s.Conversations), convs)
		equal(t, "senders", pages(t, store.Sender{}, limit, s.Senders), senders)
	}
	none, err := s.Inboxes(nil, 0, 0)
	equal(t, "none asked for", len(value(t, none, err)), 0)
}

// pages reads a list to its end, from after on.
func pages[T any](t *testing.T, after T, limit int, read func(dst []T, after T, limit int) ([]T, error)) (all []T) {
	t.Helper()
	for {
		page, err := read(nil, after, limit)
		if all = append(all, value(t, page, err)...); len(page) < limit {
			return all
		}
		after = page[len(page)-1]
	}
}

func testFloorsOpened(t *testing.T, at Opener) {
	s := open(t, at)
	inbox(t, s, 5, 9)
	commit(t, s, &store.Commit{InboxFloors: []store.InboxFloor{{UID: 5, USeq: 9}}})
	ok(t, s.Close())
	s = open(t, at)
	entries(t, s, 5, 10, 9)
	equal(t, "floor", number(t)(s.InboxFloor(5)), 9)
}

// testFloorsPowerCut cuts the power between commits that each add an entry and drop
// one: what is found is as one of them left it.
func testFloorsPowerCut(t *testing.T, at PowerCutter) {
	s := open(t, at)
	conv := msgdef.Pair(5, 6)
	for n := uint64(1); n <= 20; n++ {
		p, err := s.Apply(&store.Commit{
			Messages:           []store.MessageRow{{Conv: conv, CSeq: n, Bytes: []byte("x")}},
			Inbox:              []store.InboxRow{{UID: 5, USeq: n, Conv: conv, CSeq: n}},
			InboxFloors:        []store.InboxFloor{{UID: 5, USeq: n - n/2}},
			ConversationFloors: []store.ConversationFloor{{Conv: conv, CSeq: n / 2}},
		})
		ok(t, err)
		after := open(t, at.PowerCut(n))
		head := number(t)(after.InboxHead(5))
		floor := head - head/2
		equal(t, "floor", number(t)(after.InboxFloor(5)), floor)
		entries(t, after, 5, floor+1, head)
		equal(t, "head of the conversation", number(t)(after.ConversationHead(conv)), head)
		below, err := after.ConversationFloor(conv)
		equal(t, "floor of the conversation", value(t, below, err).CSeq, head/2)
		ok(t, after.Close())
		ok(t, p.Wait())
	}
}
