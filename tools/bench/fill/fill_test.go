package fill_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"testing"

	"github.com/sim-im/sim/imservice/store/pebble"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/tools/bench/fill"
)

var plan = fill.Plan{Users: 20, Messages: 5000, Friends: 4, Size: 30}

// filled returns a store in a new folder, filled by the plan.
func filled(t *testing.T) *pebble.Store {
	t.Helper()
	dir := t.TempDir()
	if err := fill.Folder(t.Context(), dir, plan, slog.New(slog.DiscardHandler), io.Discard); err != nil {
		t.Fatal(err)
	}
	s, err := pebble.Open(pebble.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestFolder reads everything back: sequences have no gaps, the time never goes
// back in a conversation, and all messages are there from both sides.
func TestFolder(t *testing.T) {
	s := filled(t)
	defer s.Close()
	inboxes, sent, conversations := int64(0), int64(0), make(map[msgdef.Conversation]int64)
	for uid := uint64(1); uid <= uint64(plan.Users); uid++ {
		account, err := s.AccountByUID(uid)
		if err != nil || account.Name != fmt.Sprintf("fill-%d", uid) {
			t.Fatalf("account %d: %+v, %v", uid, account, err)
		}
		entries, err := s.Inbox(nil, uid, 0, 1<<40, 1<<20, 1<<30)
		if err != nil || uint64(len(entries)) == 0 || entries[0].USeq != 1 {
			t.Fatalf("inbox of %d: %d entries, %v", uid, len(entries), err)
		}
		inboxes += int64(len(entries))
		own := uint64(0)
		for _, e := range entries {
			var m msgdef.Message
			if err := m.DecodeAlias(e.Bytes); err != nil {
				t.Fatal(err)
			}
			if m.From != uid {
				continue
			}
			own++
			row, err := s.Sent(uid, m.Device, m.Counter)
			if err != nil || m.Counter != own || row.USeq != e.USeq || row.CSeq != m.CSeq || row.Conv != m.Conv || len(m.Body) != plan.Size {
				t.Fatalf("message %+v of %d at %d has the row %+v, %v", m, uid, e.USeq, row, err)
			}
			conversations[m.Conv]++
			sent++
		}
	}
	if sent != plan.Messages || inboxes != 2*plan.Messages || len(conversations) != plan.Users*plan.Friends/2 {
		t.Fatalf("%d messages in %d inbox rows and %d conversations", sent, inboxes, len(conversations))
	}
	for conv, n := range conversations {
		checkConversation(t, s, conv, n)
	}
}

func checkConversation(t *testing.T, s *pebble.Store, conv msgdef.Conversation, n int64) {
	t.Helper()
	messages, err := s.Range(nil, conv, 1, 1<<40, false, 1<<20, 1<<30)
	if err != nil || int64(len(messages)) != n {
		t.Fatalf("%x: %d messages, want %d, %v", conv, len(messages), n, err)
	}
	last := int64(0)
	for i, encoded := range messages {
		var m msgdef.Message
		if err := m.DecodeAlias(encoded); err != nil || m.CSeq != uint64(i)+1 || m.At < last {
			t.Fatalf("%x: message %d is %+v after %d, %v", conv, i+1, m, last, err)
		}
		last = m.At
	}
}

func TestSamePlanSameMessages(t *testing.T) {
	var inboxes [2][]byte
	for i := range inboxes {
		s := filled(t)
		entries, err := s.Inbox(nil, 7, 0, 1<<40, 1<<20, 1<<30)
		if err := errors.Join(err, s.Close()); err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			inboxes[i] = append(inboxes[i], e.Bytes...)
		}
	}
	if !bytes.Equal(inboxes[0], inboxes[1]) {
		t.Error("the inboxes of a user differ")
	}
}

func TestRefusals(t *testing.T) {
	dir, log := t.TempDir(), slog.New(slog.DiscardHandler)
	if err := fill.Folder(t.Context(), dir, plan, log, io.Discard); err != nil {
		t.Fatal(err)
	}
	if err := fill.Folder(t.Context(), dir, plan, log, io.Discard); !errors.Is(err, fill.ErrNotEmpty) {
		t.Errorf("a store with accounts: %v", err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := fill.Folder(ended, t.TempDir(), plan, log, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context: %v", err)
	}
	for _, p := range []fill.Plan{{Users: 10, Friends: 3}, {Users: 4, Friends: 4}, {Users: 10, Friends: 2, Messages: -1}, {Users: 10, Friends: 2, Size: msgdef.MaxBody + 1}} {
		if p.Validate() == nil {
			t.Errorf("%+v is taken", p)
		}
	}
}
