package imservice

import (
	"context"
	"errors"
	"math"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// silence is a step: nothing of the user waits to be sent, and they show nothing.
func (d *deletions) silence(_ context.Context, uid uint64) error {
	rows, err := d.store.LatersOf(nil, uid, math.MaxInt32)
	if err != nil {
		return err
	}
	s := &silence{awaited: make(awaited, 1), uid: uid, rows: rows}
	return d.in.carryOut(s, 1+len(rows), s.awaited)
}

// silence is an errand.
type silence struct {
	awaited
	uid  uint64
	rows []store.LaterRow
}

func (s *silence) about(g *store.Ground) { // the stream is what a dispatch locks too
	g.Conversations = append(g.Conversations, msgdef.Stream(s.uid))
}

func (s *silence) join(q *sequencer, b *batch) error {
	now := q.now().UnixMilli()
	for _, row := range s.rows {
		ends, err := q.lapse(b, row.LaterName)
		switch {
		case err == nil:
			b.endLater(ends, row.CSeq, now)
		case errors.Is(err, errDamaged):
			row.Gone = true
			b.commit.Laters = append(b.commit.Laters, row)
		case !errors.Is(err, errUnknownLater):
			return err
		}
	}
	was, err := q.profile(b, s.uid)
	if err != nil || was.Version == 0 {
		return err
	}
	made := &shown{was: was, now: now}
	made.UID, made.Was = s.uid, (&store.ProfileRow{UserProfile: was}).Found()
	if err := q.mayShow(made); err != nil {
		return err
	}
	made.write(q, b, sequences{cseq: was.Version, at: was.Changed})
	return nil
}

// clearOwn is a step: the conversations that nobody else has are not there any more.
// Those are the user's own stream, what they wrote to themself, and pairs with others
// who were removed.
func (d *deletions) clearOwn(ctx context.Context, uid uint64) error {
	for after := (msgdef.Conversation{}); ; {
		page, err := d.store.Talks(nil, uid, after, deletePage)
		if err != nil {
			return err
		}
		for _, conv := range page {
			after = conv
			peer, pair := msgdef.Peer(conv, uid)
			if !pair || peer == uid {
				continue
			}
			is, err := d.store.Standing(peer)
			if err == nil && is.Removed {
				err = d.clear(ctx, conv)
			}
			if err != nil {
				return err
			}
		}
		if len(page) < deletePage {
			break
		}
	}
	if err := d.clear(ctx, msgdef.Pair(uid, uid)); err != nil {
		return err
	}
	return d.clear(ctx, msgdef.Stream(uid))
}

// clear drops a conversation that nobody has any more.
func (d *deletions) clear(ctx context.Context, conv msgdef.Conversation) error {
	if err := d.trims.clear(ctx, conv); err != nil {
		return err
	}
	return d.store.EraseConversation(conv)
}

// clear drops all messages of a conversation.
func (r *retention) clear(ctx context.Context, conv msgdef.Conversation) error {
	return r.pass(ctx, r.now(), func(t *trimmer) error {
		floor, err := r.store.ConversationFloor(conv)
		if err != nil {
			return err
		}
		head, err := r.store.ConversationHead(conv)
		if err != nil {
			return err
		}
		return t.steps(floor.CSeq, head, func(to uint64) error {
			m, err := message(r.store, conv, to)
			t.next.conversations = append(t.next.conversations, store.ConversationFloor{Conv: conv, CSeq: to, At: m.At, Count: m.Count})
			return err
		})
	})
}

// eraseRows is a step: no table has anything of the user but their name.
func (d *deletions) eraseRows(ctx context.Context, uid uint64) error {
	tokens, err := d.store.PushTokensOf(uid)
	for _, t := range tokens {
		if err == nil {
			err = d.outbox.devices.drop(uid, t.Device, nil)
		}
	}
	for more := true; more && err == nil; {
		if err = ctx.Err(); err == nil {
			more, err = d.store.Erase(uid, deleteRows)
		}
	}
	if err != nil {
		return err
	}
	return d.outbox.forgetUser(ctx, uid)
}

// forgetUser removes what was to be pushed to somebody who has no push token any more.
func (b *outbox) forgetUser(ctx context.Context, uid uint64) error {
	var page, theirs []store.OutboxRow
	for after := uint64(0); ; after = page[len(page)-1].ID {
		var err error
		if page, err = b.store.OutboxRows(page[:0], after, math.MaxUint64, maxPushes); err != nil || len(page) == 0 {
			return errors.Join(err, ctx.Err())
		}
		theirs = theirs[:0]
		for i := range page {
			if page[i].UID == uid {
				theirs = append(theirs, page[i])
			}
		}
		b.mu.Lock()
		err = b.remove(theirs)
		b.mu.Unlock()
		if err != nil {
			return err
		}
	}
}
