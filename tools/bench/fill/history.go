package fill

import (
	"math/rand/v2"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// history makes the messages of a plan one after the other. A user's friends
// are the next Friends/2 users around a circle and as many before.
type history struct {
	plan    Plan
	chance  *rand.Rand
	n       int64
	cseqs   []uint64 // heads of conversations: of user a, Friends/2 from a*Friends/2 on
	useqs   []uint64 // heads of inboxes
	sent    []uint64 // counters of devices; everybody has one
	text    []byte   // bodies are pieces of it
	encoded []byte   // of the messages in the commit under way
	message msgdef.Message
}

// textSize is how much text the bodies are cut from: too much for a block of a
// table to hold one piece twice, or compression would make the store unreal.
const textSize = 1 << 20

func newHistory(p Plan) *history {
	h := &history{
		plan: p, chance: rand.New(rand.NewPCG(uint64(p.Users), uint64(p.Messages))),
		cseqs: make([]uint64, p.Users*p.Friends/2), useqs: make([]uint64, p.Users), sent: make([]uint64, p.Users),
		text: make([]byte, textSize+p.Size),
	}
	for i := range h.text {
		h.text[i] = ' ' + byte(h.chance.IntN(64)) // as dense as text: six bits of eight
	}
	return h
}

// next fills the commit with up to limit messages; it is empty at the end.
func (h *history) next(c *store.Commit, limit int64) {
	c.Reset()
	h.encoded = h.encoded[:0]
	for range min(limit, h.plan.Messages-h.n) {
		h.add(c)
		h.n++
	}
}

// add chooses who writes to whom, and adds the rows that the message service
// would.
func (h *history) add(c *store.Commit) {
	half := h.plan.Friends / 2
	from, distance := h.chance.IntN(h.plan.Users), h.chance.IntN(half)
	to, conv := (from+1+distance)%h.plan.Users, from*half+distance
	if h.chance.IntN(2) == 0 {
		from, to = to, from
	}
	h.cseqs[conv]++
	h.useqs[from]++
	h.useqs[to]++
	h.sent[from]++
	m := &h.message
	*m = msgdef.Message{
		Conv: msgdef.Pair(uid(from), uid(to)), CSeq: h.cseqs[conv], From: uid(from), Device: device(from), Counter: h.sent[from],
		At: h.plan.at(h.n), Kind: msgdef.ContentText, Body: h.body(),
	}
	begin := len(h.encoded)
	h.encoded = m.Append(h.encoded)
	c.Messages = append(c.Messages, store.MessageRow{Conv: m.Conv, CSeq: m.CSeq, Bytes: h.encoded[begin:len(h.encoded):len(h.encoded)]})
	c.Inbox = append(c.Inbox,
		store.InboxRow{UID: uid(from), USeq: h.useqs[from], Conv: m.Conv, CSeq: m.CSeq},
		store.InboxRow{UID: uid(to), USeq: h.useqs[to], Conv: m.Conv, CSeq: m.CSeq})
	c.Sent = append(c.Sent, store.SentRow{
		UID: uid(from), Device: m.Device, Counter: m.Counter, Conv: m.Conv, CSeq: m.CSeq, USeq: h.useqs[from],
	})
}

// body returns the next one, valid for good.
func (h *history) body() []byte {
	at := h.chance.IntN(textSize)
	return h.text[at : at+h.plan.Size]
}

// uid is the account of the i-th user: a new store counts from 1.
func uid(i int) uint64 { return uint64(i) + 1 }

// device is the one device of the i-th user. Real ones are random; these are
// spread like random ones.
func device(i int) uint64 { return uid(i) * 0x9e3779b97f4a7c15 }
