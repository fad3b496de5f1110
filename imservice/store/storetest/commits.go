package storetest

import (
	"testing"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

func testCommits(t *testing.T, place func(t *testing.T) Opener) {
	cases{
		"visible at once":    testVisibleAtOnce,
		"waits in any order": testWaitOrder,
		"empty":              testEmptyCommit,
		"large":              testLargeCommit,
		"many":               testManyCommits,
	}.run(t, place)
}

func testVisibleAtOnce(t *testing.T, s store.Store) {
	book := newBook(1)
	var pending []store.Pending
	for n := 1; n <= 5; n++ {
		p, err := s.Apply(book.next())
		pending = append(pending, value(t, p, err))
		book.check(t, s, n)
	}
	for _, p := range pending {
		ok(t, p.Wait())
	}
}

func testWaitOrder(t *testing.T, s store.Store) {
	book := newBook(2)
	first, err := s.Apply(book.next())
	ok(t, err)
	second, err := s.Apply(book.next())
	ok(t, err)
	ok(t, second.Wait())
	ok(t, first.Wait())
	book.check(t, s, 2)
}

func testEmptyCommit(t *testing.T, s store.Store) {
	book := newBook(3)
	commit(t, s, &store.Commit{})
	commit(t, s, book.next())
	commit(t, s, &store.Commit{})
	book.check(t, s, 1)
}

// testLargeCommit has the most messages a batch of sends may have, of several
// megabytes, and a few of the greatest length.
func testLargeCommit(t *testing.T, s store.Store) {
	const n = 4096
	conv := msgdef.Pair(1, 2)
	var c store.Commit
	body := make([]byte, 1500)
	for i := 1; i <= n; i++ {
		c.Messages = append(c.Messages, store.MessageRow{Conv: conv, CSeq: uint64(i), Bytes: body})
		c.Inbox = append(c.Inbox, store.InboxRow{UID: 1, USeq: uint64(i), Conv: conv, CSeq: uint64(i)})
	}
	c.Messages[n-1].Bytes = make([]byte, msgdef.MaxStored)
	commit(t, s, &c)
	head, err := s.InboxHead(1)
	equal(t, "head", value(t, head, err), n)
	entries, err := s.Inbox(nil, 1, 0, n, 2*n, 100<<20)
	equal(t, "entries", len(value(t, entries, err)), n)
	equal(t, "last", len(entries[n-1].Bytes), msgdef.MaxStored)
	conversation(t, s, msgdef.Pair(3, 4), 1) // the next, small one works
}

func testManyCommits(t *testing.T, s store.Store) {
	book := newBook(4)
	var last store.Pending
	const n = 300
	for range n {
		p, err := s.Apply(book.next())
		ok(t, err)
		if last != nil {
			ok(t, last.Wait())
		}
		last = p
	}
	ok(t, last.Wait())
	book.check(t, s, n)
	book.check(t, s, n) // reading has changed nothing
	equal(t, "commits", book.found(t, s), n)
}
