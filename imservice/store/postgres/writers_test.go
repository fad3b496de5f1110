package postgres_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/imservice/store/postgres"
	"github.com/sim-im/sim/msgdef"
)

// Many writers, each with the database open by itself.
const (
	writers    = 16
	eachWrites = 25
	reader     = 1 // whose inbox all write into
)

// isolations are what databases take for READ COMMITTED: YSQL may take SNAPSHOT,
// which PostgreSQL calls REPEATABLE READ.
func isolations() map[string]string {
	return map[string]string{"read committed": "", "snapshot": "&default_transaction_isolation=repeatable%20read"}
}

// TestWritersAndAReader has all write into one inbox, and into some others so that
// locks could meet crosswise. A reader polls and goes on from the last entry it
// saw: it misses none, and when a writer is told that it is done, it is there.
func TestWritersAndAReader(t *testing.T) {
	for name, isolation := range isolations() {
		t.Run(name, func(t *testing.T) { testWritersAndAReader(t, newDatabase(t)+isolation) })
	}
}

func testWritersAndAReader(t *testing.T, url string) {
	s := open(t, url)
	for i := range writers + 2 {
		if _, err := s.CreateAccount(fmt.Sprint(i), "", time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	var done atomic.Bool
	var all sync.WaitGroup
	seen := make(chan map[string]int, 1)
	go func() { seen <- poll(t, s, &done) }()
	for w := range uint64(writers) {
		all.Go(func() {
			own := open(t, url)
			for n := range uint64(eachWrites) {
				write(t, own, reader+1+w, n+1)
			}
		})
	}
	all.Wait()
	done.Store(true)
	entries := <-seen
	if len(entries) != writers*eachWrites {
		t.Errorf("%d of %d messages were seen", len(entries), writers*eachWrites)
	}
	for body, times := range entries {
		if times != 1 {
			t.Errorf("message %s was seen %d times", body, times)
		}
	}
}

// poll reads the inbox from the last entry on, and once more after the end.
func poll(t *testing.T, s *postgres.Store, done *atomic.Bool) map[string]int {
	seen := map[string]int{}
	for after, last := uint64(0), false; !last; {
		last = done.Load()
		head, err := s.InboxHead(reader)
		if err != nil {
			t.Error(err)
			return seen
		}
		entries, err := s.Inbox(nil, reader, after, head, 1<<20, 1<<30)
		if err != nil || uint64(len(entries)) != head-after {
			t.Errorf("%d entries from %d to %d: %v", len(entries), after, head, err)
			return seen
		}
		for _, e := range entries {
			seen[string(e.Bytes)]++
		}
		after = head
	}
	return seen
}

// write commits one message to the reader and one to somebody by chance.
func write(t *testing.T, s *postgres.Store, from, n uint64) {
	other := 1 + rand.Uint64N(writers+2)
	convs := []msgdef.Conversation{msgdef.Pair(reader, from)}
	if c := msgdef.Pair(from, other); c != convs[0] {
		convs = append(convs, c)
	}
	for {
		g := ground(convs)
		err := s.Lock(g)
		if err == nil {
			_, err = s.Apply(messages(g, convs, binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, from), n)))
		}
		if err == nil {
			return
		}
		if !errors.Is(err, store.ErrMoved) {
			t.Errorf("writer %d: %v", from, err)
			return
		}
	}
}

// ground asks about pairs.
func ground(convs []msgdef.Conversation) *store.Ground {
	g := &store.Ground{Conversations: convs}
	users := map[uint64]bool{}
	for _, c := range convs {
		a, b, _ := msgdef.PairMembers(c)
		users[a], users[b] = true, true
	}
	for uid := range uint64(writers + 3) {
		if users[uid] {
			g.Users = append(g.Users, uid)
		}
	}
	if len(convs) == 2 && string(convs[0][:]) > string(convs[1][:]) {
		g.Conversations = []msgdef.Conversation{convs[1], convs[0]}
	}
	return g
}

// messages makes a commit of one message for each pair, of which the first has
// that body.
func messages(g *store.Ground, convs []msgdef.Conversation, body []byte) *store.Commit {
	c := new(store.Commit)
	for _, conv := range convs {
		cseq := g.Newest[conv].CSeq + 1
		c.Messages = append(c.Messages, store.MessageRow{Conv: conv, CSeq: cseq, At: int64(cseq), Bytes: body})
		a, b, _ := msgdef.PairMembers(conv)
		for _, uid := range []uint64{a, b} {
			if (uid == reader) != (conv == convs[0]) || a == b && uid == b && len(c.Inbox) > 0 && c.Inbox[len(c.Inbox)-1].UID == a {
				continue // the reader is to get each message once
			}
			g.Heads[uid]++
			c.Inbox = append(c.Inbox, store.InboxRow{UID: uid, USeq: g.Heads[uid], Conv: conv, CSeq: cseq})
		}
		body = []byte("beside")
	}
	return c
}

// TestGround is what Lock says of what is there and what is not.
func TestGround(t *testing.T) {
	s := open(t, newDatabase(t))
	for _, name := range []string{"a", "b", "c"} {
		if _, err := s.CreateAccount(name, "", time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	conv := msgdef.Pair(1, 2)
	sent := store.SentRow{UID: 1, Device: 7, Counter: 9, Conv: conv, CSeq: 1, USeq: 4}
	if _, err := s.Apply(&store.Commit{
		Messages: []store.MessageRow{{Conv: conv, CSeq: 1, At: 55, Bytes: []byte("x")}},
		Inbox:    []store.InboxRow{{UID: 1, USeq: 4, Conv: conv, CSeq: 1}},
		Sent:     []store.SentRow{sent},
	}); err != nil {
		t.Fatal(err)
	}
	for _, device := range []uint64{1 << 63, 3} {
		if _, err := s.PutPushToken(store.PushToken{UID: 2, Device: device, Provider: 1, Token: fmt.Append(nil, device)}, 9); err != nil {
			t.Fatal(err)
		}
	}
	g := &store.Ground{
		Users: []uint64{1, 2, 1 << 60}, Conversations: []msgdef.Conversation{conv, msgdef.Pair(2, 3)},
		Sends:   []store.SendName{{UID: 1, Device: 7, Counter: 8}, {UID: 1, Device: 7, Counter: 9}},
		Senders: []store.Sender{{UID: 1, Device: 7}, {UID: 2, Device: 7}},
	}
	for range 2 { // the second finds nothing left of the first
		if err := s.Lock(g); err != nil {
			t.Fatal(err)
		}
		s.Unlock()
		got := fmt.Sprint(g.Heads, g.Newest, g.Repeated, g.Used, g.Push)
		want := fmt.Sprint(map[uint64]uint64{1: 4, 2: 0}, map[msgdef.Conversation]store.ConversationHead{conv: {CSeq: 1, At: 55}},
			map[store.SendName]store.SentRow{{UID: 1, Device: 7, Counter: 9}: sent}, map[store.Sender]uint64{{UID: 1, Device: 7}: 9}, map[uint64][]uint64{2: {3, 1 << 63}})
		if got != want {
			t.Errorf("ground %s, want %s", got, want)
		}
	}
	if _, err := s.Apply(&store.Commit{Sent: []store.SentRow{sent}}); !errors.Is(err, store.ErrMoved) {
		t.Errorf("the name of another message: %v, want ErrMoved", err)
	}
	heads, err := s.InboxHeads(nil, []uint64{1 << 60, 1, 2, 1})
	if err != nil || fmt.Sprint(heads) != "[0 4 0 4]" {
		t.Errorf("heads %v, %v", heads, err)
	}
	read := []store.ReadRow{{UID: 1, Conv: conv, CSeq: 1}, {UID: 2, Conv: msgdef.Pair(2, 3), CSeq: 9}}
	if _, err := s.Apply(&store.Commit{Reads: read}); err != nil {
		t.Fatal(err)
	}
	marks, err := s.ReadMarks(nil, conv, []uint64{2, 1, 1 << 60})
	if err != nil || fmt.Sprint(marks) != "[0 1 0]" {
		t.Errorf("read marks %v, %v", marks, err)
	}
}

// TestBigGroupsDoNotWait locks two groups at once of which the same are members:
// small ones have to wait for each other, big ones not.
func TestBigGroupsDoNotWait(t *testing.T) {
	url := newDatabase(t)
	one, other := open(t, url), open(t, url)
	var c store.Commit
	for id := range uint64(2) {
		conv := msgdef.GroupConv(id + 1)
		c.Groups = append(c.Groups, store.GroupRow{Group: msgdef.Group{Conv: conv, Founded: 1, Big: 1}})
		for uid := range uint64(9) {
			c.Members = append(c.Members, store.MemberRow{Conv: conv, GroupMember: msgdef.GroupMember{UID: uid + 1, Role: msgdef.RoleMember}})
		}
	}
	for n := range 9 {
		if _, err := one.CreateAccount(fmt.Sprint(n), "", time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := one.Apply(&c); err != nil {
		t.Fatal(err)
	}
	ask := func(id, by uint64) *store.Ground {
		conv := msgdef.GroupConv(id)
		return &store.Ground{Users: []uint64{by}, Conversations: []msgdef.Conversation{conv}, People: []store.MemberName{{Conv: conv, UID: by}}}
	}
	if err := one.Lock(ask(1, 1)); err != nil {
		t.Fatal(err)
	}
	if err := other.Lock(ask(2, 2)); err != nil {
		t.Errorf("the other has to wait: %v", err)
	}
	other.Unlock()
	one.Unlock()
}

// TestSameSequenceTwice is refused when nobody locked.
func TestSameSequenceTwice(t *testing.T) {
	s := open(t, newDatabase(t))
	c := &store.Commit{Messages: []store.MessageRow{{Conv: msgdef.Pair(1, 2), CSeq: 1, Bytes: []byte("first")}}}
	if _, err := s.Apply(c); err != nil {
		t.Fatal(err)
	}
	c.Messages[0].Bytes = []byte("second")
	c.Reads = []store.ReadRow{{UID: 1, Conv: msgdef.Pair(1, 2), CSeq: 1}}
	if _, err := s.Apply(c); err == nil {
		t.Fatal("two messages have one place")
	}
	body, err := s.Message(msgdef.Pair(1, 2), 1)
	mark, errMark := s.ReadMark(1, msgdef.Pair(1, 2))
	if string(body) != "first" || mark != 0 || err != nil || errMark != nil {
		t.Errorf("left: %q, read up to %d, %v, %v", body, mark, err, errMark)
	}
}
