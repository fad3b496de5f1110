package imservice

import (
	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// For how long messages of a pair are kept its two say by messages of it, and what was
// said last holds, be it longer or shorter. What was dropped does not come back. It is
// in what both have of the conversation, so that new devices find it in their lists,
// and that it is there as long as one of the two:
//
//	Keep 30, at cseq 7 ──▶ TalkState{Keep: 30, Kept: 7} of both ──▶ retention.keeps

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
		row.Keep = asked.Days
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
