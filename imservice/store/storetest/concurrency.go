package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

func testConcurrency(t *testing.T, place func(t *testing.T) Opener) {
	cases{
		"readers":     testReaders,
		"saves merge": testConcurrentSaves,
	}.run(t, place)
	t.Run("load", func(t *testing.T) { testLoad(t, place(t)) })
}

// testReaders reads while one goroutine applies. Each commit puts message n
// into two conversations and the inbox: a reader that sees it in the first it
// looks at sees it in all, and nothing ever goes back.
func testReaders(t *testing.T, s store.Store) {
	const commits = 300
	a, b := msgdef.Pair(1, 2), msgdef.Pair(1, 3)
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for last := uint64(0); ; {
				select {
				case <-done:
					return
				default:
				}
				head, err := readTogether(s, a, b)
				if err == nil && head < last {
					err = fmt.Errorf("the head went back from %d to %d", last, head)
				}
				if err != nil {
					t.Error(err)
					return
				}
				last = head
			}
		})
	}
	for n := uint64(1); n <= commits; n++ {
		body := fmt.Append(nil, n)
		commit(t, s, &store.Commit{
			Messages: []store.MessageRow{{Conv: a, CSeq: n, Bytes: body}, {Conv: b, CSeq: n, Bytes: body}},
			Inbox:    []store.InboxRow{{UID: 1, USeq: n, Conv: b, CSeq: n}},
		})
	}
	close(done)
	readers.Wait()
}

func readTogether(s store.Store, a, b msgdef.Conversation) (uint64, error) {
	head, err := s.ConversationHead(a)
	if err != nil || head == 0 {
		return 0, err
	}
	message, err := s.Message(b, head)
	if err != nil {
		return 0, fmt.Errorf("message %d of the other conversation: %w", head, err)
	}
	from := head - min(head, 20)
	entries, err := s.Inbox(nil, 1, from, head, 100, 1<<20)
	if err != nil {
		return 0, err
	}
	rows, err := s.Range(nil, b, from+1, head, true, 100, 1<<20)
	if err != nil {
		return 0, err
	}
	if len(entries) != int(head-from) || len(rows) != len(entries) {
		return 0, fmt.Errorf("%d entries and %d messages from %d to %d", len(entries), len(rows), from, head)
	}
	for i, entry := range entries {
		if text := fmt.Sprint(from + uint64(i) + 1); string(entry.Bytes) != text || string(rows[i]) != text {
			return 0, fmt.Errorf("entry %q and message %q stand for %s", entry.Bytes, rows[i], text)
		}
	}
	if string(message) != fmt.Sprint(head) {
		return 0, errors.New("another message than the head's")
	}
	return head, nil
}

// testConcurrentSaves saves cursors of one device from many goroutines: none is
// lost, at no time.
func testConcurrentSaves(t *testing.T, s store.Store) {
	const savers, each = 8, 50
	var others []store.DeviceRow // so that a save takes long enough to be met
	for device := range uint64(100) {
		others = append(others, store.DeviceRow{UID: 2, Device: device})
	}
	var wg sync.WaitGroup
	for i := range savers {
		wg.Go(func() {
			for j := range each {
				saved := store.DeviceRow{UID: 1, Device: 1, Cursor: uint64(j*savers + i)}
				err := s.SaveDevices(append([]store.DeviceRow{saved}, others...))
				got, readErr := s.Cursor(1, 1)
				if err := errors.Join(err, readErr); err != nil {
					t.Error(err)
				}
				if got.Cursor < saved.Cursor {
					t.Errorf("cursor %d was saved, %d is there", saved.Cursor, got.Cursor)
				}
			}
		})
	}
	wg.Wait()
	got, err := s.Cursor(1, 1)
	equal(t, "the greatest cursor", value(t, got, err).Cursor, savers*each-1)
}

// testLoad runs everything at once and then compares.
func testLoad(t *testing.T, at Opener) {
	s := open(t, at)
	b := newBook(11)
	load := startLoad(s, b, "user")
	load.waitFor(200)
	load.stop(t)
	promised := load.soFar()
	equal(t, "promised commits", promised.commits, len(b.commits))
	promised.check(t, s, b)
	ok(t, s.Close())
	promised.check(t, open(t, at), b)
}
