package imservice

import (
	"cmp"
	"errors"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// dispatch is an errand: it sends what is due. Who may write where is looked at now,
// as if its author sent it. Of services that share a store several may try; the rows
// are locked with the inbox of the author, and one finds them gone.
type dispatch struct {
	awaited
	rows  []store.LaterRow
	items []rpc.Send // what the rows say

	damaged []store.LaterRow // to be dropped
}

func (d *dispatch) about(g *store.Ground) {
	for i := range d.items {
		it := &d.items[i]
		g.Users = append(g.Users, it.UID)
		if peer, ok := msgdef.Peer(it.Conv, it.UID); ok {
			g.Users = append(g.Users, peer)
		} else {
			askGroup(g, it)
		}
		g.Conversations = append(g.Conversations, it.Conv, msgdef.Stream(it.UID))
	}
}

func (d *dispatch) join(q *sequencer, b *batch) (failed error) {
	now := q.now().UnixMilli()
	b.commit.Laters = append(b.commit.Laters, d.damaged...)
	for i := range d.rows {
		// Where a row is gone another service was first, or its author.
		err := q.dispatch(b, d.rows[i].LaterName, &d.items[i], now)
		if err != nil && !errors.Is(err, errUnknownLater) {
			failed = cmp.Or(failed, err)
		}
	}
	return failed
}

// dispatch sends one message, or tells its author why not. It waits no longer in
// either case.
func (q *sequencer) dispatch(b *batch, name store.LaterName, it *rpc.Send, now int64) error {
	ends, err := q.lapse(b, name)
	if err != nil {
		return err
	}
	done := msgdef.LaterDone{CSeq: name.CSeq, Conv: it.Conv}
	r, err := q.sendOwn(b, it, now)
	if err != nil {
		if done.Code = q.codeOf(err); done.Code >= msgdef.CodeBusy {
			return err // not for now
		}
	}
	done.Sent = r.CSeq
	// The message is there, so the row goes even if nobody can be told.
	entry := rpc.Send{UID: name.UID, Conv: msgdef.Stream(name.UID), Kind: msgdef.ContentLaterDone, Body: done.Append(nil)}
	told, err := q.placeOwn(b, &entry, now)
	b.endLater(ends, told.CSeq, now)
	if errors.Is(err, errUserDeleted) {
		err = nil // there is nobody to tell
	}
	return err
}

// sendOwn places a message of somebody who is not there to send it.
func (q *sequencer) sendOwn(b *batch, it *rpc.Send, now int64) (r rpc.SendResult, err error) {
	standing, err := q.store.Standing(it.UID)
	if err == nil {
		err = refusal(standing, q.now())
	}
	if err != nil {
		return r, err
	}
	media, err := q.carries(it)
	if err != nil {
		return r, err
	}
	r, err = q.placeOwn(b, it, now)
	if err == nil {
		b.carry(media, it.Conv, r.CSeq)
	}
	return r, err
}

// placeOwn is placeIn for an item that no device has sent: it has no name, and nobody
// waits for its result.
func (q *sequencer) placeOwn(b *batch, it *rpc.Send, now int64) (rpc.SendResult, error) {
	i := len(b.items)
	b.items, b.results = append(b.items, *it), append(b.results, rpc.SendResult{})
	err := q.placeIn(b, i, now)
	r := b.results[i]
	b.items[i] = rpc.Send{}
	b.items, b.results = b.items[:i], b.results[:i]
	if err != nil {
		r = rpc.SendResult{}
	}
	return r, err
}
