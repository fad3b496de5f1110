package imservice

import (
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// outstanding is how many commits may be applied and not yet durable.
const outstanding = 2

// errUnknownUser says that a user id belongs to no account.
var errUnknownUser = &rpc.Error{Code: msgdef.CodeUnknownUser, Detail: "no such user"}

// sequencer turns batches into commits, one goroutine for the whole store. The
// order of its commits is the order of every inbox and conversation.
type sequencer struct {
	store     store.Store
	log       *slog.Logger
	now       func() time.Time
	condition *condition
	heads     *heads
	dedupe    *dedupe
	outbox    *outbox

	in    *intake
	slots chan struct{} // one per outstanding commit; the syncer takes them out
	out   chan *batch   // to the syncer, in order

	held    held
	message msgdef.Message // scratch
	refused claims         // of a commit that a full store did not take
}

// run works until the intake is closed and empty.
func (q *sequencer) run() {
	defer close(q.out)
	for {
		// First a slot, then the batch: what comes while waiting joins it.
		q.slots <- struct{}{}
		b := q.in.take()
		if b == nil {
			return
		}
		q.commit(b)
		q.out <- b // never blocks: it has room for every slot
	}
}

// commit builds and applies b, or answers it with errors.
func (q *sequencer) commit(b *batch) {
	if err := q.condition.check(); err != nil {
		b.fail(err.Code)
		q.held.refuse(b)
		return
	}
	q.refused.undo(0)
	q.build(b)
	if len(b.commit.Messages) == 0 && len(b.commit.Reads) == 0 {
		return // repeats: their originals are durable when their turn comes
	}
	pending, err := q.store.Apply(&b.commit)
	if err == nil {
		b.pending = pending
		return
	}
	q.refuse(b, err)
}

// refuse answers b with the error of its Apply. When the store was full, its
// positions are given to other messages, but not before the store is healthy
// again: only that proves that the commit was refused and not half written.
// Until then their heads stay busy, and no reader goes there.
func (q *sequencer) refuse(b *batch, err error) {
	final := !errors.Is(err, store.ErrFull)
	q.log.Error("a commit was refused", "messages", len(b.commit.Messages), "final", final, "error", err)
	q.refused.list = append(q.refused.list, b.claims.list...)
	b.claims.forget()
	q.outbox.forget(b.commit.Outbox)
	b.fail(q.condition.fail(err, final))
	q.held.refuse(b)
}

func (q *sequencer) build(b *batch) {
	const envelope = 80 // of an encoded message, at least
	b.encoded = slices.Grow(b.encoded[:0], len(b.arena)+envelope*len(b.items))
	q.dedupe.begin()
	now := q.now().UnixMilli()
	for i := range b.items {
		r := &b.results[i]
		if r.Code != msgdef.CodeOK {
			continue
		}
		if err := q.place(b, i, now); err != nil {
			r.Code = q.codeOf(err)
			r.Retry = retryAfter(r.Code)
		}
		q.held.note(&b.items[i], r.Code)
	}
	for _, call := range b.reads {
		q.mark(b, call)
	}
}

// place gives the i-th item its sequences and its rows. After an error nothing
// of it is left.
func (q *sequencer) place(b *batch, i int, now int64) error {
	it, r := &b.items[i], &b.results[i]
	if q.held.follows(it) {
		return errHeld
	}
	if repeated, err := q.dedupe.repeated(b, i); repeated || err != nil {
		return err
	}
	peer, _ := msgdef.Peer(it.Conv, it.UID)
	first := len(b.claims.list)
	seqs, err := q.claim(b, it, peer, now)
	if err != nil {
		b.claims.undo(first)
		return err
	}
	r.CSeq, r.USeq, r.At = seqs.cseq, seqs.sender, seqs.at
	q.dedupe.accept(it)
	b.write(it, peer, seqs, &q.message)
	if peer != it.UID {
		q.outbox.write(&b.commit, peer, seqs)
	}
	return nil
}

// sequences are the positions of one message.
type sequences struct {
	cseq, sender, peer uint64
	at                 int64
}

// claim takes the positions. Whoever writes to themself has one inbox row.
func (q *sequencer) claim(b *batch, it *rpc.Send, peer uint64, now int64) (s sequences, err error) {
	if peer != it.UID {
		if s.peer, _, err = q.heads.users.next(&b.claims, peer, 0); err != nil {
			return s, err
		}
	}
	if s.sender, _, err = q.heads.users.next(&b.claims, it.UID, 0); err != nil {
		return s, err
	}
	s.cseq, s.at, err = q.heads.conversations.next(&b.claims, it.Conv, now)
	return s, err
}

// write adds the rows and notices of a message, encoding it once.
func (b *batch) write(it *rpc.Send, peer uint64, s sequences, m *msgdef.Message) {
	*m = msgdef.Message{
		Conv: it.Conv, CSeq: s.cseq, From: it.UID, Device: it.Device, Counter: it.Counter,
		At: s.at, Kind: it.Kind, Body: it.Body,
	}
	start := len(b.encoded)
	b.encoded = m.Append(b.encoded)
	encoded := b.encoded[start:len(b.encoded):len(b.encoded)]

	c, n := &b.commit, &b.notices
	c.Messages = append(c.Messages, store.MessageRow{Conv: it.Conv, CSeq: s.cseq, Bytes: encoded})
	c.Sent = append(c.Sent, store.SentRow{
		UID: it.UID, Device: it.Device, Counter: it.Counter,
		Conv: it.Conv, CSeq: s.cseq, USeq: s.sender,
	})
	at := uint32(len(n.Messages))
	n.Messages = append(n.Messages, encoded)
	c.Inbox = append(c.Inbox, store.InboxRow{UID: it.UID, USeq: s.sender, Conv: it.Conv, CSeq: s.cseq})
	n.To = append(n.To, rpc.Recipient{Message: at, UID: it.UID, USeq: s.sender, Except: it.Device})
	if peer != it.UID {
		c.Inbox = append(c.Inbox, store.InboxRow{UID: peer, USeq: s.peer, Conv: it.Conv, CSeq: s.cseq})
		n.To = append(n.To, rpc.Recipient{Message: at, UID: peer, USeq: s.peer})
	}
}

// codeOf tells an error of a contract from one of the store, which is logged.
func (q *sequencer) codeOf(err error) msgdef.ErrorCode {
	var e *rpc.Error
	if errors.As(err, &e) {
		return e.Code
	}
	q.log.Error("cannot read the store", "error", err)
	return storeError(err).Code
}
