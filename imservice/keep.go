package imservice

import (
	"bytes"
	"math"
	"slices"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// For how long new messages of a pair live its two say by messages of it, and what was
// said last holds for what is numbered after it: each gets that lifetime, unless its own
// is shorter, and ends like any that has one (expiry.go). What was sent before stays as
// it is, whatever is said.
//
//	Keep 30, at cseq 7 ──▶ TalkState{Keep: 30, Kept: 7} of both ──▶ the head of the pair
//	message 8          ──▶ Extra{Lifetime: 30 days}  ◀── agreed ────┘
//
// It is in what both have of the conversation, so that new devices find it in their
// lists, and that it is there as long as one of the two. The sequencer has it beside the
// head of the pair, where it knows who blocks whom: of a store of its own it is read once
// for each head, and a shared store answers it with the head that is locked.

var errBadKeep = &rpc.Error{Code: msgdef.CodeBadArgument, Detail: "not for how long messages of a pair are kept"}

// keep tells what the Keep in an item makes of the conversation of both, or why it may
// not. Where nothing was said there is nothing to be kept, so strangers do not begin
// with it.
func (q *sequencer) keep(b *batch, it *rpc.Send, peer uint64) (rows []store.SettingRow, err error) {
	var asked msgdef.Keep
	if asked.Decode(it.Body) != nil || len(it.Extra) > 0 {
		return nil, errBadKeep
	}
	head, err := q.newest(it.Conv)
	if err != nil {
		return nil, err
	}
	if head == 0 {
		return nil, errNothingThere
	}
	for _, uid := range distinctPair(it.UID, peer) {
		row := store.SettingRow{TalkName: store.TalkName{UID: uid, Conv: it.Conv}}
		if row.TalkState, err = q.talkState(b, row.TalkName); err != nil {
			return nil, err
		}
		row.Keep, row.Agrees = asked.Days, true
		rows = append(rows, row)
	}
	return rows, nil
}

// distinctPair lists two users, each once.
func distinctPair(a, b uint64) []uint64 {
	if a == b {
		return []uint64{a}
	}
	return []uint64{a, b}
}

// settle adds rows of a Keep at cseq of its pair.
func (b *batch) settle(rows []store.SettingRow, cseq uint64) {
	for i := range rows {
		rows[i].Kept = cseq
	}
	b.commit.Settings = append(b.commit.Settings, rows...)
}

// agreedDays returns what the newest Keep of a pair says, 0 when there is none. Who
// was removed has no state any more.
func agreedDays(s store.Settings, conv msgdef.Conversation) (days uint16, err error) {
	a, b, ok := msgdef.PairMembers(conv)
	if !ok {
		return 0, nil
	}
	var of []store.TalkName
	for _, uid := range distinctPair(a, b) {
		of = append(of, store.TalkName{UID: uid, Conv: conv})
	}
	states, err := s.TalkStates(nil, of)
	newest := uint64(0)
	for i := range states {
		if states[i].Kept > newest {
			newest, days = states[i].Kept, states[i].Keep
		}
	}
	return days, err
}

// agreed returns how many days a message lives that is numbered now, of the pair whose
// head was claimed last; 0 when that was left to its sender.
func (q *sequencer) agreed(b *batch, conv msgdef.Conversation) uint16 {
	for i := range slices.Backward(b.commit.Settings) {
		if row := &b.commit.Settings[i]; row.Agrees && row.Conv == conv {
			return row.Keep
		}
	}
	if q.ground != nil {
		return q.ground.Newest[conv].Keep
	}
	return b.claims.list[len(b.claims.list)-1].before.keep
}

const (
	daySeconds = 24 * 60 * 60
	mostDays   = math.MaxUint32 / daySeconds
)

// kept returns what a message has beside its body when it is to live for so many days
// at most, and the lifetime that is in it; nothing when it stays as it was sent. What a
// later generation has put behind is kept.
func kept(sent []byte, days uint16) ([]byte, uint32) {
	var x msgdef.Extra
	if days == 0 || len(sent) > 0 && x.DecodeAlias(sent) != nil {
		return nil, 0
	}
	most := min(uint32(days), mostDays) * daySeconds
	if x.Lifetime != 0 && x.Lifetime <= most {
		return nil, 0
	}
	rest := sent[min(x.Size(), len(sent)):]
	x.Lifetime = most
	return append(x.Append(nil), rest...), most
}

// keptAs tells whether a stored message is one that was sent with something beside its
// body, and got the lifetime that is returned. Which it was sent with is not stored:
// another one that is longer is taken for the same.
func keptAs(m *msgdef.Message, sent []byte) (uint32, bool) {
	var x msgdef.Extra
	if _, _, pair := msgdef.PairMembers(m.Conv); !pair || len(m.Extra) == 0 || x.DecodeAlias(m.Extra) != nil || x.Lifetime%daySeconds != 0 {
		return 0, false
	}
	as, given := kept(sent, uint16(x.Lifetime/daySeconds))
	return given, given != 0 && bytes.Equal(as, m.Extra)
}
