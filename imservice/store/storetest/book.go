package storetest

import (
	"encoding/binary"
	"math/rand/v2"
	"strings"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// book writes random commits of the shape the message service writes, and
// remembers them, so that a store can be compared with any prefix of them.
//
// Every commit n has, among others, message n of the conversation log; so the
// head of log tells how many commits a store has.
type book struct {
	seed    uint64
	commits []*store.Commit

	// Where commits have brought sequences.
	convs   map[msgdef.Conversation]uint64
	inboxes map[uint64]uint64
	sent    map[[2]uint64]uint64
	outbox  uint64
}

// Users and devices are few, so that sequences get long.
const (
	bookUsers   = 6
	bookDevices = 2
)

func newBook(seed uint64) *book {
	b := &book{seed: seed}
	b.rewind(0)
	return b
}

// log is the conversation that numbers the commits.
func logConv() msgdef.Conversation { return msgdef.Pair(bookUsers+1, bookUsers+1) }

// rewind forgets all commits after the first n, as a store has.
func (b *book) rewind(n int) {
	kept := b.commits[:n:n]
	b.commits = nil
	b.outbox = 0
	b.convs, b.inboxes, b.sent = map[msgdef.Conversation]uint64{}, map[uint64]uint64{}, map[[2]uint64]uint64{}
	for _, c := range kept {
		for _, row := range c.Messages {
			b.convs[row.Conv] = row.CSeq
		}
		for _, row := range c.Inbox {
			b.inboxes[row.UID] = row.USeq
		}
		for _, row := range c.Sent {
			b.sent[[2]uint64{row.UID, row.Device}] = row.Counter
		}
		for _, row := range c.Outbox {
			b.outbox = row.ID
		}
	}
	b.commits = kept
}

// next writes the next commit. It belongs to the book and must not be changed.
func (b *book) next() *store.Commit {
	n := len(b.commits) + 1
	// A commit depends on the seed, its number, and what the book has before
	// it, but not on what was rewound.
	rng := rand.New(rand.NewPCG(b.seed, uint64(n)))
	c := new(store.Commit)
	b.message(c, logConv(), binary.BigEndian.AppendUint64(nil, uint64(n)))
	for range sizeOfCommit(rng) {
		b.pair(c, rng)
	}
	if rng.IntN(4) == 0 {
		b.club(c, rng)
	}
	b.commits = append(b.commits, c)
	return c
}

// sizeOfCommit is mostly small and now and then large.
func sizeOfCommit(rng *rand.Rand) int {
	if rng.IntN(20) == 0 {
		return 50 + rng.IntN(100)
	}
	return rng.IntN(8)
}

// pair adds a message from one user to another or to themself.
func (b *book) pair(c *store.Commit, rng *rand.Rand) {
	from, to := 1+rng.Uint64N(bookUsers), 1+rng.Uint64N(bookUsers)
	conv := msgdef.Pair(from, to)
	body := make([]byte, rng.IntN(400))
	if rng.IntN(50) == 0 {
		body = make([]byte, msgdef.MaxStored)
	}
	for i := 0; i+8 <= len(body); i += 8 {
		binary.LittleEndian.PutUint64(body[i:], rng.Uint64())
	}
	cseq := b.message(c, conv, body)
	b.deliver(c, from, conv, cseq)
	if to != from {
		b.deliver(c, to, conv, cseq)
		b.push(c, to, rng)
	}
	device := [2]uint64{from, 1 + rng.Uint64N(bookDevices)}
	b.sent[device] += 1 + rng.Uint64N(3)
	c.Sent = append(c.Sent, store.SentRow{
		UID: from, Device: device[1], Counter: b.sent[device], Conv: conv, CSeq: cseq, USeq: b.inboxes[from],
	})
	if rng.IntN(4) == 0 {
		b.set(c, store.TalkName{UID: from, Conv: conv}, cseq, rng)
	}
	if rng.IntN(3) == 0 {
		c.Reads = append(c.Reads, store.ReadRow{UID: from, Conv: conv, CSeq: cseq})
	}
}

// set adds a setting, with which a user hides the newest message of a conversation,
// or all of it, and what comes with a change of what they are to others.
func (b *book) set(c *store.Commit, of store.TalkName, cseq uint64, rng *rand.Rand) {
	row := setRow(of, uint64(len(b.commits)))
	row.Draft.Text = strings.Repeat("x", rng.IntN(100))
	c.Settings = append(c.Settings, row)
	c.Hidden = append(c.Hidden, store.HiddenRow{TalkName: of, CSeq: cseq, Below: rng.IntN(6) == 0})
	c.Relations = append(c.Relations, relationRow(of.UID, of.UID, cseq))
	c.Bars = append(c.Bars, store.BarsRow{Conv: of.Conv, Bars: store.Bars(1 + rng.IntN(7))})
}

// bookClub is the one group.
const bookClub = 1

// club has somebody become something else in the group, or nothing.
func (b *book) club(c *store.Commit, rng *rand.Rand) {
	row := memberRow(bookClub, 1+rng.Uint64N(bookUsers), msgdef.GroupRole(rng.IntN(int(msgdef.RoleOwner)+1)))
	c.Members = append(c.Members, row)
	c.Talks = append(c.Talks, store.TalkRow{UID: row.UID, Conv: row.Conv, Gone: row.Role < msgdef.RoleMember})
	c.Groups = append(c.Groups, groupRow(bookClub, "Club", ""))
}

// push adds outbox rows for some of a user's devices, with ids that grow and
// have gaps.
func (b *book) push(c *store.Commit, uid uint64, rng *rand.Rand) {
	for device := range rng.Uint64N(bookDevices + 1) {
		b.outbox += 1 + rng.Uint64N(3)
		c.Outbox = append(c.Outbox, store.OutboxRow{
			ID: b.outbox, UID: uid, Device: device + 1, USeq: b.inboxes[uid], At: int64(len(b.commits)),
		})
	}
}

func (b *book) message(c *store.Commit, conv msgdef.Conversation, body []byte) (cseq uint64) {
	b.convs[conv]++
	c.Messages = append(c.Messages, store.MessageRow{Conv: conv, CSeq: b.convs[conv], Bytes: body})
	return b.convs[conv]
}

func (b *book) deliver(c *store.Commit, uid uint64, conv msgdef.Conversation, cseq uint64) {
	b.inboxes[uid]++
	c.Inbox = append(c.Inbox, store.InboxRow{UID: uid, USeq: b.inboxes[uid], Conv: conv, CSeq: cseq})
}
