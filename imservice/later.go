package imservice

import (
	"errors"
	"fmt"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// A message that is to be sent later is an entry of its author's own stream, so it is
// acknowledged, recognised when it is repeated, and told to their devices as any
// message is. Beside it is a row with what to send, which goes in the commit that has
// the message, or the end without one:
//
//	Later ──▶ row ──▶ message, LaterDone    due, and allowed at that time
//	              ├─▶ LaterDone             due, and not allowed
//	              └─▶ LaterOff              taken back

// What waits is bounded for each author.
const (
	mostLaters     = 100
	mostLaterBytes = 256 << 10 // encoded
	mostAhead      = 365 * 24 * time.Hour
)

var (
	errBadLater     = &rpc.Error{Code: msgdef.CodeBadArgument, Detail: "not a message that can be sent later"}
	errManyLaters   = &rpc.Error{Code: msgdef.CodeManyLaters, Detail: "as much waits to be sent as may"}
	errLaterTime    = &rpc.Error{Code: msgdef.CodeLaterTime, Detail: "at most 365 days ahead"}
	errUnknownLater = &rpc.Error{Code: msgdef.CodeUnknownLater, Detail: "it does not wait to be sent"}
)

// delay is what an entry of a stream does to what waits to be sent.
type delay struct {
	adds  *msgdef.Later // nil for nothing
	media *msgdef.Media // that it carries
	ends  *lapse        // nil for nothing
}

// later tells what a Later makes of what waits, or why it may not be.
func (q *sequencer) later(b *batch, it *rpc.Send, now int64) (*delay, error) {
	d := &delay{adds: new(msgdef.Later)}
	if d.adds.Decode(it.Body) != nil || d.adds.Validate() != nil {
		return nil, errBadLater
	}
	item := laterItem(it.UID, d.adds)
	if _, stream := msgdef.StreamOwner(item.Conv); stream || item.Kind >= msgdef.FirstEvent || checkContent(&item) != msgdef.CodeOK {
		return nil, errBadLater
	}
	if d.adds.At < 0 || d.adds.At > now+mostAhead.Milliseconds() {
		return nil, errLaterTime
	}
	if _, err := q.since(item.Conv, it.UID); err != nil {
		return nil, err
	}
	if instead := d.adds.Instead; instead != 0 {
		var err error
		if d.ends, err = q.lapse(b, store.LaterName{UID: it.UID, CSeq: instead}); err != nil {
			return nil, err
		}
	}
	if err := q.roomForLater(b, it, d.ends); err != nil {
		return nil, err
	}
	var err error
	d.media, err = q.carries(&item)
	return d, err
}

// laterOff tells what a LaterOff ends.
func (q *sequencer) laterOff(b *batch, it *rpc.Send) (*delay, error) {
	var off msgdef.LaterOff
	if off.Decode(it.Body) != nil || off.Validate() != nil {
		return nil, errBadLater
	}
	ends, err := q.lapse(b, store.LaterName{UID: it.UID, CSeq: off.CSeq})
	return &delay{ends: ends}, err
}

// waiting returns a row as of what was built before.
func (q *sequencer) waiting(b *batch, name store.LaterName) (store.LaterRow, error) {
	for i := len(b.commit.Laters) - 1; i >= 0; i-- {
		if row := b.commit.Laters[i]; row.LaterName == name {
			if row.Gone {
				return row, errUnknownLater
			}
			return row, nil
		}
	}
	row, err := q.store.Later(name)
	if errors.Is(err, store.ErrNotFound) {
		err = errUnknownLater
	}
	return row, err
}

// roomForLater returns nil when one more may wait, in the place of another one or not.
func (q *sequencer) roomForLater(b *batch, it *rpc.Send, instead *lapse) error {
	list, err := q.store.LatersOf(nil, it.UID, mostLaters+1)
	if err != nil {
		return err
	}
	n, bytes := 1, len(it.Body)
	count := func(row *store.LaterRow, by int) { n, bytes = n+by, bytes+by*len(row.Bytes) }
	for i := range list {
		count(&list[i], 1)
	}
	for i := range b.commit.Laters {
		if row := &b.commit.Laters[i]; row.UID == it.UID && row.Gone {
			count(row, -1)
		} else if row.UID == it.UID {
			count(row, 1)
		}
	}
	if instead != nil {
		count(&instead.LaterRow, -1)
	}
	if n > mostLaters || bytes > mostLaterBytes {
		return errManyLaters
	}
	return nil
}

// delay adds the rows of an entry at cseq of its author's stream.
func (b *batch) delay(it *rpc.Send, d *delay, cseq uint64, now int64) {
	if d.ends != nil {
		b.endLater(d.ends, cseq, now)
	}
	if d.adds != nil {
		b.commit.Laters = append(b.commit.Laters, store.LaterRow{
			LaterName: store.LaterName{UID: it.UID, CSeq: cseq}, At: d.adds.At, Bytes: it.Body,
		})
		b.carry(d.media, it.Conv, cseq)
	}
}

// lapse is what is to wait no longer.
type lapse struct {
	store.LaterRow
	says  msgdef.Later
	entry *msgdef.Message // of the stream; nil when it is kept no longer
}

// lapse looks up what has to be known to end what waits, as of what was built before.
func (q *sequencer) lapse(b *batch, name store.LaterName) (*lapse, error) {
	row, err := q.waiting(b, name)
	if err != nil {
		return nil, err
	}
	e := &lapse{LaterRow: row}
	if err := e.says.DecodeAlias(row.Bytes); err != nil {
		return nil, fmt.Errorf("%w: what waits as %d of user %d: %w", errDamaged, row.CSeq, row.UID, err)
	}
	if hasMedia(e.says.Kind) {
		q.carrying.hold()
	}
	encoded, err := q.stored(b, msgdef.Stream(row.UID), row.CSeq)
	if errors.Is(err, store.ErrNotFound) {
		return e, nil
	}
	if err == nil {
		e.entry = new(msgdef.Message)
		err = e.entry.Decode(encoded)
	}
	if err != nil {
		return nil, fmt.Errorf("entry %d of user %d: %w", row.CSeq, row.UID, err)
	}
	return e, nil
}

// endLater adds that something waits no longer, as of an entry at cseq of the stream:
// what it would have said is nowhere then.
func (b *batch) endLater(e *lapse, cseq uint64, now int64) {
	row := e.LaterRow
	row.Gone = true
	b.commit.Laters = append(b.commit.Laters, row)
	b.uncarry(&msgdef.Message{Kind: e.says.Kind, Conv: msgdef.Stream(row.UID), CSeq: row.CSeq}, e.says.Body, now)
	if m := e.entry; m != nil {
		bare := msgdef.Later{At: e.says.At, Conv: e.says.Conv, Kind: e.says.Kind, Instead: e.says.Instead}
		m.Body, m.State = bare.Append(nil), (&msgdef.MessageState{Changed: cseq}).Append(nil)
		b.replace(m)
	}
}
