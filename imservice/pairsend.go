package imservice

import (
	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// placeInPair gives an item to both of a pair.
func (q *sequencer) placeInPair(b *batch, i int, peer uint64, now int64) error {
	it, r := &b.items[i], &b.results[i]
	var made pairEvent
	if it.Kind >= msgdef.FirstEvent {
		var err error
		if made, err = q.happen(b, it, peer, now); err == nil {
			err = made.revised.regard(q, b, []uint64{it.UID, peer})
		}
		if err != nil {
			return err
		}
	}
	first := len(b.claims.list)
	seqs, err := q.claim(b, it, peer, now)
	if err != nil {
		b.claims.undo(first)
		return err
	}
	if seqs.extra = made.revised.lifetime(seqs.at); it.Kind < msgdef.FirstEvent {
		seqs.extra, r.Lifetime = kept(it.Extra, q.agreed(b, it.Conv))
	}
	r.CSeq, r.USeq, r.At = seqs.cseq, seqs.sender, seqs.at
	b.write(it, peer, seqs, &q.message)
	q.accept(it)
	if made.two != nil {
		b.bind(made.two, seqs.cseq, seqs.at)
	}
	b.settle(made.kept, seqs.cseq)
	if made.revised != nil {
		b.coverNotice(&q.message, made.revised)
		b.rewrite(made.revised, seqs.cseq, now)
	} else if peer != it.UID && pushes(it) {
		q.push(b, store.OutboxRow{UID: peer, USeq: seqs.peer, At: seqs.at})
	}
	return nil
}

// pairEvent is what an event of a pair makes of an earlier message, of what the two
// are to each other, or of how long their messages are kept.
type pairEvent struct {
	revised *revision
	two     *bond
	kept    []store.SettingRow
}

// happen tells what an event of a pair makes of something.
func (q *sequencer) happen(b *batch, it *rpc.Send, peer uint64, now int64) (made pairEvent, err error) {
	switch it.Kind {
	case msgdef.ContentFriend:
		made.two, err = q.befriend(b, it, peer, now)
	case msgdef.ContentKeep:
		made.kept, err = q.keep(b, it, peer)
	default:
		made.revised, err = q.revise(b, ofPair(it, now))
	}
	return made, err
}

// claim takes the positions. Whoever writes to themself has one inbox row.
func (q *sequencer) claim(b *batch, it *rpc.Send, peer uint64, now int64) (s sequences, err error) {
	if q.ground != nil { // nothing fails after this
		if err := q.reaches(it, peer); err != nil {
			return s, err
		}
		if err := q.welcomes(it, peer, b.built(it.Conv, q.ground.Newest[it.Conv].Bars)); err != nil {
			return s, err
		}
	}
	if peer != it.UID {
		if s.peer, err = q.claimInbox(b, peer); err != nil {
			return s, err
		}
	}
	if s.sender, err = q.claimOwn(b, it); err != nil {
		return s, err
	}
	if err = q.claimMessage(b, it, now, &s); err != nil || q.ground != nil {
		return s, err
	}
	bars, err := q.claimedBars(b, it.Conv)
	if err == nil {
		err = q.welcomes(it, peer, bars)
	}
	return s, err
}

// write adds the rows and notices of a message of a pair.
func (b *batch) write(it *rpc.Send, peer uint64, s sequences, m *msgdef.Message) {
	b.writeMessage(it, s, m)
	c, n := &b.commit, &b.notices
	at := uint32(len(n.Messages) - 1)
	if s.sender != 0 {
		c.Inbox = append(c.Inbox, store.InboxRow{UID: it.UID, USeq: s.sender, Conv: it.Conv, CSeq: s.cseq})
		n.To = append(n.To, rpc.Recipient{Message: at, UID: it.UID, USeq: s.sender, Except: it.Device})
	}
	if peer != it.UID {
		c.Inbox = append(c.Inbox, store.InboxRow{UID: peer, USeq: s.peer, Conv: it.Conv, CSeq: s.cseq})
		n.To = append(n.To, rpc.Recipient{Message: at, UID: peer, USeq: s.peer})
	}
	if s.cseq == 1 && s.sender != 0 {
		c.Talks = append(c.Talks, store.TalkRow{UID: it.UID, Conv: it.Conv}, store.TalkRow{UID: peer, Conv: it.Conv})
	}
}
