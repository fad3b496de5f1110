package storetest

import (
	"testing"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

func testLife(t *testing.T, place func(t *testing.T) Opener) {
	t.Run("reopen", func(t *testing.T) { testReopen(t, place(t)) })
	t.Run("in use", func(t *testing.T) { testInUse(t, place(t)) })
	t.Run("epoch", func(t *testing.T) { testEpoch(t, place(t), place(t)) })
	t.Run("wait after close", func(t *testing.T) { testWaitAfterClose(t, place(t)) })
	t.Run("closed", func(t *testing.T) { testClosed(t, open(t, place(t))) })
	t.Run("close under load", func(t *testing.T) { testCloseUnderLoad(t, place(t)) })
}

func testReopen(t *testing.T, at Opener) {
	book := newBook(5)
	device := store.DeviceRow{UID: 1, Device: 2, Cursor: 3, Seen: 4}
	var alice store.Account
	for round := range 4 {
		s := open(t, at)
		equal(t, "commits", book.found(t, s), 40*round)
		book.check(t, s, 40*round)
		if round == 0 {
			alice = account(t)(s.CreateAccount("alice", "hash", moment()))
			ok(t, s.PutFamily(family(alice.UID, 5), 3, moment()))
			ok(t, s.SaveDevices([]store.DeviceRow{device}))
		}
		equal(t, "account", account(t)(s.AccountByName("alice")), alice)
		equal(t, "families", families(t, s, alice.UID), []int{5})
		got, err := s.Cursor(1, 2)
		equal(t, "device", value(t, got, err), device)
		for range 40 {
			commit(t, s, book.next())
		}
		ok(t, s.Health())
		ok(t, s.Close())
	}
}

func testInUse(t *testing.T, at Opener) {
	if _, shared := at.(Sharer); shared {
		t.Skip("the engine lets several have a store open")
	}
	s := open(t, at)
	_, err := at.Open()
	wantErr(t, err, store.ErrInUse)
	conversation(t, s, msgdef.Pair(1, 2), 1) // the first one is not disturbed
	ok(t, s.Close())
	ok(t, open(t, at).Close())
}

func testEpoch(t *testing.T, one, other Opener) {
	s := open(t, one)
	epoch := s.Epoch()
	ok(t, s.Close())
	equal(t, "epoch after reopening", open(t, one).Epoch(), epoch)
	if epoch == 0 || open(t, other).Epoch() == epoch {
		t.Fatalf("epoch %d is not the store's own", epoch)
	}
}

func testWaitAfterClose(t *testing.T, at Opener) {
	book := newBook(6)
	s := open(t, at)
	var pending []store.Pending
	for range 3 {
		p, err := s.Apply(book.next())
		pending = append(pending, value(t, p, err))
	}
	ok(t, s.Close())
	for _, p := range pending {
		ok(t, p.Wait())
	}
	book.check(t, open(t, at), 3)
}

// testClosed calls everything on a closed store.
func testClosed(t *testing.T, s store.Store) {
	ok(t, s.Close())
	ok(t, s.Close())
	conv := msgdef.Pair(1, 2)
	for name, call := range map[string]func() error{
		"Health":           s.Health,
		"Apply":            func() error { _, err := s.Apply(&store.Commit{}); return err },
		"InboxHead":        func() error { _, err := s.InboxHead(1); return err },
		"Inbox":            func() error { _, err := s.Inbox(nil, 1, 0, 1, 1, 1); return err },
		"ConversationHead": func() error { _, err := s.ConversationHead(conv); return err },
		"Message":          func() error { _, err := s.Message(conv, 1); return err },
		"Range":            func() error { _, err := s.Range(nil, conv, 1, 1, false, 1, 1); return err },
		"ReadMark":         func() error { _, err := s.ReadMark(1, conv); return err },
		"SentHead":         func() error { _, err := s.SentHead(1, 1); return err },
		"Sent":             func() error { _, err := s.Sent(1, 1, 1); return err },
		"Cursor":           func() error { _, err := s.Cursor(1, 1); return err },
		"DevicesOf":        func() error { _, err := s.DevicesOf(1, 1); return err },
		"SaveDevices":      func() error { return s.SaveDevices([]store.DeviceRow{{UID: 1}}) },
		"DropDevice":       func() error { return s.DropDevice(1, 1) },
		"CreateAccount":    func() error { _, err := s.CreateAccount("a", "", moment()); return err },
		"AccountByName":    func() error { _, err := s.AccountByName("a"); return err },
		"AccountByUID":     func() error { _, err := s.AccountByUID(7); return err },
		"PutPassword":      func() error { return s.PutPassword(1, "") },
		"FamilyByID":       func() error { _, err := s.FamilyByID([32]byte{}); return err },
		"FamilyOf":         func() error { _, _, err := s.FamilyOf(1, 1); return err },
		"PutFamily":        func() error { return s.PutFamily(family(1, 1), 1, moment()) },
		"Standing":         func() error { _, err := s.Standing(1); return err },
		"PutVerdict":       func() error { return s.PutVerdict(store.Verdict{UID: 1}) },
		"Evictions":        func() error { _, err := s.Evictions(1); return err },
		"DropEvictions":    func() error { return s.DropEvictions(nil) },
		"OutboxHead":       func() error { _, err := s.OutboxHead(); return err },
		"OutboxRows":       func() error { _, err := s.OutboxRows(nil, 0, 1, 1); return err },
		"OutboxRow":        func() error { _, err := s.OutboxRow(1); return err },
		"RemoveOutbox":     func() error { return s.RemoveOutbox([]uint64{1}) },
		"PutPushToken":     func() error { _, err := s.PutPushToken(pushToken(1, 1, "t"), 1); return err },
		"PushToken":        func() error { _, err := s.PushToken(1, 1); return err },
		"PushTokensOf":     func() error { _, err := s.PushTokensOf(1); return err },
		"DropPushToken":    func() error { _, err := s.DropPushToken(1, 1, nil); return err },
		"PushTokenCount":   func() error { _, err := s.PushTokenCount(); return err },
		"Term":             func() error { _, err := s.Term("east"); return err },
		"PutTerm":          func() error { return s.PutTerm("east", 1) },

		"InboxFloor":        func() error { _, err := s.InboxFloor(1); return err },
		"ConversationFloor": func() error { _, err := s.ConversationFloor(conv); return err },
		"SentFloor":         func() error { _, err := s.SentFloor(sender(1, 1)); return err },
		"Inboxes":           func() error { _, err := s.Inboxes(nil, 0, 1); return err },
		"Conversations":     func() error { _, err := s.Conversations(nil, conv, 1); return err },
		"Senders":           func() error { _, err := s.Senders(nil, sender(1, 1), 1); return err },
		"SentAfter":         func() error { _, err := s.SentAfter(nil, sender(1, 1), 1, 1); return err },
	} {
		t.Run(name, func(t *testing.T) { wantErr(t, call(), store.ErrClosed) })
	}
}

// testCloseUnderLoad closes while commits and reads are under way: each ends
// well or with ErrClosed, and what was confirmed is there afterwards.
func testCloseUnderLoad(t *testing.T, at Opener) {
	s := open(t, at)
	b := newBook(7)
	load := startLoad(s, b, "user")
	load.waitFor(20)
	ok(t, s.Close())
	load.stop(t, store.ErrClosed)
	load.soFar().check(t, open(t, at), b)
}
