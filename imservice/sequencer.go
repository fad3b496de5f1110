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
	limits    Limits
	condition *condition
	heads     *heads
	dedupe    *dedupe
	ground    *ground // of a shared store, in the place of heads and dedupe; nil for one of our own
	groups    *groups
	outbox    *outbox
	carrying  *carrying

	friendsOnly bool // who are no friends do not write to each other

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
	if q.ground != nil {
		q.commitShared(b)
		return
	}
	q.refused.undo(0)
	defer q.carrying.release()
	q.build(b)
	if b.commit.Empty() {
		return // repeats: their originals are durable when their turn comes
	}
	pending, err := q.store.Apply(&b.commit)
	if err == nil {
		b.pending = pending
		q.heads.learn(&b.commit)
		return
	}
	q.refuse(b, err)
}

// refuse answers b with the error of its Apply. When the store was full, its
// positions are given to other messages, but not before the store is healthy
// again: only that proves that the commit was refused and not half written.
// Until then their heads stay busy, and no reader goes there. To a shared store
// nothing is final, since nothing is remembered of it.
func (q *sequencer) refuse(b *batch, err error) {
	final := q.ground == nil && !errors.Is(err, store.ErrFull)
	q.log.Error("a commit was refused", "messages", len(b.commit.Messages), "final", final, "error", err)
	q.refused.list = append(q.refused.list, b.claims.list...)
	b.claims.forget()
	q.outbox.forget(b.commit.Outbox)
	for i := range b.commit.Groups {
		q.groups.forget(b.commit.Groups[i].Conv)
	}
	b.fail(q.condition.fail(err, final))
	q.held.refuse(b)
}

func (q *sequencer) build(b *batch) {
	const envelope = 96 // of an encoded message, at least
	b.encoded = slices.Grow(b.encoded[:0], len(b.arena)+envelope*len(b.items))
	q.dedupe.begin()
	q.groups.begin()
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
	q.runErrands(b)
}

// place gives the i-th item its sequences and its rows. After an error nothing
// of it is left.
func (q *sequencer) place(b *batch, i int, now int64) error {
	it := &b.items[i]
	if q.held.follows(it) {
		return errHeld
	}
	if repeated, err := q.repeated(b, i); repeated || err != nil {
		return err
	}
	err := q.placeNew(b, i, now)
	if err != nil && q.ground != nil {
		return q.ground.refused(&b.items[i], &b.results[i], err)
	}
	return err
}

// placeNew is place of what repeats nothing.
func (q *sequencer) placeNew(b *batch, i int, now int64) error {
	it := &b.items[i]
	media, err := q.carries(it)
	if err != nil {
		return err
	}
	if err := q.placeIn(b, i, now); err != nil {
		return err
	}
	b.carry(media, it.Conv, b.results[i].CSeq)
	return nil
}

// placeIn is place in a conversation of some kind.
func (q *sequencer) placeIn(b *batch, i int, now int64) error {
	it := &b.items[i]
	if peer, ok := msgdef.Peer(it.Conv, it.UID); ok {
		return q.placeInPair(b, i, peer, now)
	}
	if _, ok := msgdef.StreamOwner(it.Conv); ok {
		return q.placeInStream(b, i, now)
	}
	return q.placeInGroup(b, i, now)
}

// push adds what is to be pushed to the devices of whom a message is for: a row
// without device and id for each.
func (q *sequencer) push(b *batch, row store.OutboxRow) {
	if q.ground != nil {
		q.outbox.add(&b.commit, q.ground.Push[row.UID], row)
		return
	}
	q.outbox.write(&b.commit, row)
}

// repeated tells whether the i-th item of b repeats an earlier send.
func (q *sequencer) repeated(b *batch, i int) (bool, error) {
	if q.ground != nil {
		return q.ground.repeated(b, i)
	}
	return q.dedupe.repeated(b, i)
}

// accept remembers a send of which repeated is to tell.
func (q *sequencer) accept(it *rpc.Send) {
	switch {
	case it.Device == 0:
	case q.ground != nil:
		q.ground.used.take(it)
	default:
		q.dedupe.accept(it)
	}
}

// sequences are the positions of one message.
type sequences struct {
	cseq, sender, peer uint64
	at                 int64
	count              uint64 // see msgdef.Message
	state              []byte // see msgdef.Message
	extra              []byte // what the message has beside its body; nil: what was sent
}

// claimInbox takes a position in the inbox of a user, whom a ground has to know of.
func (q *sequencer) claimInbox(b *batch, uid uint64) (useq uint64, err error) {
	if q.ground != nil {
		if !q.ground.knows(uid) {
			return 0, nobody(q.store, uid)
		}
		return q.ground.claimInbox(uid), nil
	}
	useq, _, err = q.heads.users.next(&b.claims, uid, 0)
	return useq, err
}

// claimMessage takes the position in the conversation.
func (q *sequencer) claimMessage(b *batch, it *rpc.Send, now int64, s *sequences) (err error) {
	if q.ground != nil {
		q.ground.claimMessage(it, now, s)
		return nil
	}
	if s.cseq, s.at, err = q.heads.conversations.next(&b.claims, it.Conv, now); err == nil {
		s.count = b.claims.counted(it.Kind >= msgdef.FirstEvent)
	}
	return err
}

// writeMessage adds a message and the name it was sent under, encoding it once.
func (b *batch) writeMessage(it *rpc.Send, s sequences, m *msgdef.Message) {
	*m = msgdef.Message{
		Conv: it.Conv, CSeq: s.cseq, From: it.UID, Device: it.Device, Counter: it.Counter,
		At: s.at, Kind: it.Kind, Body: it.Body, Count: s.count, Extra: it.Extra, State: s.state,
	}
	if s.extra != nil {
		m.Extra = s.extra
	}
	if ends := expiry(m); ends != 0 && it.Kind < msgdef.FirstEvent {
		b.commit.Expiries = append(b.commit.Expiries, store.ExpiryRow{At: ends, Conv: it.Conv, CSeq: s.cseq})
	}
	start := len(b.encoded)
	b.encoded = m.Append(b.encoded)
	encoded := b.encoded[start:len(b.encoded):len(b.encoded)]

	c, n := &b.commit, &b.notices
	c.Messages = append(c.Messages, store.MessageRow{Conv: it.Conv, CSeq: s.cseq, At: s.at, Count: s.count, Bytes: encoded})
	if it.Device != 0 { // else nobody sends it again, see placeOwn
		c.Sent = append(c.Sent, store.SentRow{
			UID: it.UID, Device: it.Device, Counter: it.Counter,
			Conv: it.Conv, CSeq: s.cseq, USeq: s.sender,
		})
	}
	n.Messages = append(n.Messages, encoded)
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
