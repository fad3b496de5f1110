package imservice

import (
	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// batch is what one commit is made of. It owns the bytes of its messages from
// the intake until it was delivered, and is used again then; one stage at a
// time has it.
type batch struct {
	// Filled by the intake.
	items   []rpc.Send       // bodies lie in arena
	results []rpc.SendResult // one per item; a Code set by the intake is final
	runs    []run            // whose items these are, in order
	reads   []*readCall
	errands []errand
	weight  int // of items and read positions, see intake.weigh
	arena   []byte

	// Filled by the sequencer.
	encoded []byte // the messages as they are stored and sent
	commit  store.Commit
	notices rpc.Notices
	claims  claims
	indexed int // items that fresh covers
	fresh   map[clientMessage]int
	pending store.Pending      // nil when there was nothing to write
	failed  bool               // answered with errors already
	code    msgdef.ErrorCode   // and the one for what has none of its own
	unable  []msgdef.ErrorCode // of errands, how joining went

	sent rpc.SendResults // scratch of the syncer
}

// run is a stretch of items of one sink.
type run struct {
	sink rpc.SendSink
	n    int
}

// maxExtra is the greatest length of an encoded msgdef.Extra.
const maxExtra = 1024

// spareArena is the greatest capacity in bytes that a resting batch keeps.
const spareArena = 1 << 20

// add copies items in.
func (b *batch) add(items []rpc.Send, sink rpc.SendSink) {
	for i := range items {
		it := &items[i]
		code := checkSend(it)
		b.results = append(b.results, rpc.SendResult{Conn: it.Conn, Counter: it.Counter, Code: code})
		b.items = append(b.items, *it)
		own := &b.items[len(b.items)-1]
		own.Body, own.Extra = nil, nil
		if code == msgdef.CodeOK {
			own.Body, own.Extra = b.copy(it.Body), b.copy(it.Extra)
		}
	}
	if n := len(b.runs); n > 0 && b.runs[n-1].sink == sink {
		b.runs[n-1].n += len(items)
		return
	}
	b.runs = append(b.runs, run{sink: sink, n: len(items)})
}

// copy returns p in the arena.
func (b *batch) copy(p []byte) []byte {
	n := len(b.arena)
	b.arena = append(b.arena, p...)
	return b.arena[n:len(b.arena):len(b.arena)]
}

// checkSend tells what is wrong with an item by itself.
func checkSend(it *rpc.Send) msgdef.ErrorCode {
	if it.UID == 0 || it.Device == 0 || it.Counter == 0 {
		return msgdef.CodeBadArgument
	}
	return checkContent(it)
}

// checkContent tells what is wrong with what an item says, and where.
func checkContent(it *rpc.Send) msgdef.ErrorCode {
	if it.Kind == 0 {
		return msgdef.CodeBadArgument
	}
	if len(it.Body) > msgdef.MaxBody {
		return msgdef.CodeBodyTooLong
	}
	if len(it.Extra) > 0 && !goodExtra(it) {
		return msgdef.CodeBadArgument
	}
	if _, ok := msgdef.GroupID(it.Conv); ok {
		return checkKind(it.Kind, msgdef.ContentGroup)
	}
	if owner, ok := msgdef.StreamOwner(it.Conv); ok {
		return checkStream(owner, it)
	}
	if code := checkMember(it.Conv, it.UID); code != msgdef.CodeOK {
		return code
	}
	if it.Kind == msgdef.ContentFriend || it.Kind == msgdef.ContentKeep {
		return msgdef.CodeOK
	}
	return checkKind(it.Kind, msgdef.ContentEdit)
}

// checkKind refuses events that there are not, or not below first.
func checkKind(kind, first msgdef.ContentKind) msgdef.ErrorCode {
	if kind >= msgdef.FirstEvent && (kind < first || kind > msgdef.ContentPin) {
		return msgdef.CodeBadArgument
	}
	return msgdef.CodeOK
}

// goodExtra tells whether others can read the Extra of an item. Events have no
// lifetime of their own.
func goodExtra(it *rpc.Send) bool {
	var x msgdef.Extra
	return len(it.Extra) <= maxExtra && x.DecodeAlias(it.Extra) == nil && (x.Lifetime == 0 || it.Kind < msgdef.FirstEvent)
}

// fail answers with code whatever was not refused for a reason of its own.
func (b *batch) fail(code msgdef.ErrorCode) {
	b.failed, b.code = true, code
	for i := range b.results {
		r := &b.results[i]
		if r.Code == msgdef.CodeOK || r.Code == msgdef.CodeConflict {
			*r = rpc.SendResult{Conn: r.Conn, Counter: r.Counter, Code: code, Retry: retryAfter(code)}
		}
	}
	for _, call := range b.reads {
		call.fail(code)
	}
	b.unnotice()
}

// unnotice has the batch tell nobody.
func (b *batch) unnotice() {
	n := &b.notices
	n.Messages, n.To, n.Topics = n.Messages[:0], n.To[:0], n.Topics[:0]
}

// reset empties the batch for the next use. Nothing may point into it any more.
func (b *batch) reset() {
	clear(b.items)
	clear(b.runs)
	clear(b.reads)
	clear(b.errands)
	clear(b.commit.Messages)
	clear(b.commit.Laters)
	clear(b.notices.Messages)
	clear(b.notices.Topics)
	clear(b.fresh)
	b.commit.Reset()
	*b = batch{
		items: b.items[:0], results: b.results[:0], runs: b.runs[:0], reads: b.reads[:0], errands: b.errands[:0], unable: b.unable[:0],
		arena: spare(b.arena), encoded: spare(b.encoded), commit: b.commit, fresh: b.fresh,
		notices: rpc.Notices{Messages: b.notices.Messages[:0], To: b.notices.To[:0], Topics: b.notices.Topics[:0]},
		claims:  claims{list: b.claims.list[:0]},
	}
}

func spare(buf []byte) []byte {
	if cap(buf) > spareArena {
		return nil
	}
	return buf[:0]
}
