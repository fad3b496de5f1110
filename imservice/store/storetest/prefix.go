package storetest

import (
	"math"
	"slices"
	"testing"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// contents is all that commits leave in a store, as reads show it.
type contents struct {
	Messages map[msgdef.Conversation][]string // by cseq, from 1
	Inboxes  map[uint64][]string              // by useq, from 1
	Sent     map[store.SentRow]bool
	SentHead map[[2]uint64]uint64
	Reads    map[readKey]uint64
	Members  map[uint64]msgdef.GroupRole
	Talks    map[uint64]bool
	Outbox   []store.OutboxRow // by id
	States   map[store.TalkName]msgdef.TalkState
	Hidden   map[store.TalkName][]uint64
	Bars     map[msgdef.Conversation]store.Bars
	Related  map[uint64]msgdef.Relation // to themselves
}

type readKey struct {
	UID  uint64
	Conv msgdef.Conversation
}

func newContents() *contents {
	return &contents{
		Messages: map[msgdef.Conversation][]string{},
		Inboxes:  map[uint64][]string{},
		Sent:     map[store.SentRow]bool{},
		SentHead: map[[2]uint64]uint64{},
		Reads:    map[readKey]uint64{},
		Members:  map[uint64]msgdef.GroupRole{},
		Talks:    map[uint64]bool{},
		States:   map[store.TalkName]msgdef.TalkState{},
		Hidden:   map[store.TalkName][]uint64{},
		Bars:     map[msgdef.Conversation]store.Bars{},
		Related:  map[uint64]msgdef.Relation{},
	}
}

// add puts the rows of a commit in.
func (x *contents) add(c *store.Commit) {
	for _, row := range c.Messages {
		x.Messages[row.Conv] = append(x.Messages[row.Conv], string(row.Bytes))
	}
	for _, row := range c.Inbox {
		x.Inboxes[row.UID] = append(x.Inboxes[row.UID], x.Messages[row.Conv][row.CSeq-1])
	}
	for _, row := range c.Sent {
		x.Sent[row] = true
		x.SentHead[[2]uint64{row.UID, row.Device}] = row.Counter
	}
	for _, row := range c.Reads {
		x.Reads[readKey{row.UID, row.Conv}] = row.CSeq
	}
	for _, row := range c.Members {
		if x.Members[row.UID] = row.Role; row.Role == msgdef.RoleNone {
			delete(x.Members, row.UID)
		}
	}
	for _, row := range c.Talks {
		if x.Talks[row.UID] = true; row.Gone {
			delete(x.Talks, row.UID)
		}
	}
	x.Outbox = append(x.Outbox, c.Outbox...)
	for _, row := range c.Settings {
		x.States[row.TalkName] = row.TalkState
	}
	for _, row := range c.Hidden {
		x.hide(row)
	}
	for _, row := range c.Bars {
		x.Bars[row.Conv] = row.Bars
	}
	for _, row := range c.Relations {
		x.Related[row.UID] = row.Relation
	}
}

// hide adds a message that is hidden, or takes those away that need not be.
func (x *contents) hide(row store.HiddenRow) {
	if !row.Below {
		x.Hidden[row.TalkName] = append(x.Hidden[row.TalkName], row.CSeq)
		return
	}
	left := slices.DeleteFunc(x.Hidden[row.TalkName], func(cseq uint64) bool { return cseq <= row.CSeq })
	if x.Hidden[row.TalkName] = left; len(left) == 0 {
		delete(x.Hidden, row.TalkName)
	}
}

// found returns how many commits of the book the store has.
func (b *book) found(t *testing.T, s store.Store) int {
	t.Helper()
	head, err := s.ConversationHead(logConv())
	ok(t, err)
	if head > uint64(len(b.commits)) {
		t.Fatalf("the store has %d commits, only %d were written", head, len(b.commits))
	}
	return int(head)
}

// check compares the whole store with the first n commits: every row of those
// is there, and none of a later one.
func (b *book) check(t *testing.T, s store.Store, n int) {
	t.Helper()
	want := newContents()
	for _, c := range b.commits[:n] {
		want.add(c)
	}
	equal(t, "contents of the store", b.read(t, s), want)
}

// read asks a store for everything that any commit of the book, kept or not,
// could have left.
func (b *book) read(t *testing.T, s store.Store) *contents {
	t.Helper()
	x := newContents()
	for _, c := range b.commits {
		for _, row := range c.Messages {
			readConversation(t, s, x, row.Conv)
		}
		for _, row := range c.Inbox {
			readInbox(t, s, x, row.UID)
		}
		for _, row := range c.Sent {
			readSent(t, s, x, row)
		}
		for _, row := range c.Reads {
			if mark := number(t)(s.ReadMark(row.UID, row.Conv)); mark > 0 {
				x.Reads[readKey{row.UID, row.Conv}] = mark
			}
		}
		for _, row := range c.Settings {
			readSetting(t, s, x, row.TalkName)
		}
	}
	readOutbox(t, s, x)
	readClub(t, s, x)
	return x
}

// readClub reads the group of the book.
func readClub(t *testing.T, s store.Store, x *contents) {
	t.Helper()
	members, err := s.Members(nil, msgdef.GroupConv(bookClub), 0, math.MaxInt32)
	for _, m := range value(t, members, err) {
		x.Members[m.UID] = m.Role
	}
	for uid := range uint64(bookUsers) {
		talks, err := s.Talks(nil, uid+1, msgdef.Conversation{}, math.MaxInt32)
		if len(value(t, talks, err)) > 0 {
			x.Talks[uid+1] = true
		}
	}
}

// readSetting reads what was set for a conversation, and what is hidden of it.
func readSetting(t *testing.T, s store.Store, x *contents, of store.TalkName) {
	t.Helper()
	states, err := s.TalkStates(nil, []store.TalkName{of})
	if state := value(t, states, err)[0]; state != (msgdef.TalkState{}) {
		x.States[of] = state
	}
	hidden, err := s.Hidden(nil, of, 0, math.MaxUint64)
	if len(value(t, hidden, err)) > 0 {
		x.Hidden[of] = hidden
	}
	bars, err := s.Bars(nil, []msgdef.Conversation{of.Conv})
	if b := value(t, bars, err)[0]; b != 0 {
		x.Bars[of.Conv] = b
	}
	related, err := s.RelationsOf(nil, of.UID, 0, math.MaxInt32)
	for _, r := range value(t, related, err) {
		x.Related[of.UID] = r
	}
}

func readOutbox(t *testing.T, s store.Store, x *contents) {
	t.Helper()
	rows, err := s.OutboxRows(nil, 0, math.MaxUint64, math.MaxInt)
	x.Outbox = value(t, rows, err)
	last := uint64(0)
	if len(rows) > 0 {
		last = rows[len(rows)-1].ID
	}
	equal(t, "head of the outbox", number(t)(s.OutboxHead()), last)
}

func readConversation(t *testing.T, s store.Store, x *contents, conv msgdef.Conversation) {
	t.Helper()
	if x.Messages[conv] != nil {
		return
	}
	rows, err := s.Range(nil, conv, 0, math.MaxUint64, false, math.MaxInt, math.MaxInt)
	if len(value(t, rows, err)) > 0 {
		x.Messages[conv] = texts(rows)
	}
	equal(t, "head of a conversation, which is its length", number(t)(s.ConversationHead(conv)), uint64(len(rows)))
}

func readInbox(t *testing.T, s store.Store, x *contents, uid uint64) {
	t.Helper()
	if x.Inboxes[uid] != nil {
		return
	}
	entries, err := s.Inbox(nil, uid, 0, math.MaxUint64, math.MaxInt, math.MaxInt)
	for i, entry := range value(t, entries, err) {
		equal(t, "useq without gaps", entry.USeq, uint64(i+1))
		x.Inboxes[uid] = append(x.Inboxes[uid], string(entry.Bytes))
	}
	equal(t, "head of an inbox, which is its length", number(t)(s.InboxHead(uid)), uint64(len(entries)))
}

func readSent(t *testing.T, s store.Store, x *contents, want store.SentRow) {
	t.Helper()
	device := [2]uint64{want.UID, want.Device}
	if head := number(t)(s.SentHead(want.UID, want.Device)); head > 0 {
		x.SentHead[device] = head
	}
	if row, err := s.Sent(want.UID, want.Device, want.Counter); err == nil {
		x.Sent[row] = true
	} else {
		wantErr(t, err, store.ErrNotFound)
	}
}

// number unwraps a call that returns a number and must not fail.
func number(t *testing.T) func(n uint64, err error) uint64 {
	return func(n uint64, err error) uint64 {
		t.Helper()
		return value(t, n, err)
	}
}
