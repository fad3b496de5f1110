package client

import (
	"context"
	"fmt"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// maxRelations is the most relations of a page.
const maxRelations = 500

// Befriend asks another user to be friends, with a greeting of at most 200 code
// points; when they have asked already, the two are. Like the other changes of a
// friendship it is a message of the pair, see msgdef.FriendChange, which comes to
// all devices of both. Errors are those of Send, and ErrArgument; a refusal has
// msgdef.CodeUnwelcome, CodeNoRequest, CodeManyRelations or CodeAskedLately.
func (c *Client) Befriend(ctx context.Context, uid uint64, greeting string) (Sent, error) {
	return c.ChangeFriend(ctx, uid, &msgdef.FriendChange{Act: msgdef.FriendAsk, Greeting: greeting})
}

// Unfriend ends what there is: it withdraws what this user has asked, declines what
// the other has, or ends a friendship.
func (c *Client) Unfriend(ctx context.Context, uid uint64) (Sent, error) {
	r, err := c.Relation(ctx, uid)
	if err != nil {
		return Sent{}, err
	}
	act := msgdef.FriendEnd
	switch r.State {
	case msgdef.RelationAsked:
		act = msgdef.FriendWithdraw
	case msgdef.RelationAsking:
		act = msgdef.FriendDecline
	}
	return c.ChangeFriend(ctx, uid, &msgdef.FriendChange{Act: act})
}

// ChangeFriend makes a change of what this user and another are to each other.
func (c *Client) ChangeFriend(ctx context.Context, uid uint64, change *msgdef.FriendChange) (Sent, error) {
	return c.event(ctx, msgdef.Pair(c.UID(), uid), msgdef.ContentFriend, change)
}

// Keep says for how many days messages live that either of the two of a pair sends from
// now on (Message.Expires, Sent.Expires), but for those with a shorter lifetime of their
// own; with 0 they live as long as their senders say. Messages from before stay as they
// are. Either of the two may, what was said last holds (TalkState.Keep), and it is a
// message of the pair. Errors are those of Befriend, and msgdef.CodeUnknownConversation
// where nothing was written yet.
func (c *Client) Keep(ctx context.Context, uid uint64, days uint16) (Sent, error) {
	return c.event(ctx, msgdef.Pair(c.UID(), uid), msgdef.ContentKeep, &msgdef.Keep{Days: days})
}

// SetBlocked has another user not reach this one any more, or again: what they send
// to the pair and where they would invite is refused, and that they type or have
// read is not told. A friendship and requests end. It is queued like SetArchived,
// and nobody else is told.
func (c *Client) SetBlocked(uid uint64, blocked bool) *Handle {
	b := &msgdef.Block{UID: uid, Off: !blocked}
	return c.queueOwn(msgdef.ContentBlock, b, time.Time{})
}

// RelationPage is some of those whom a user is friends with, has asked, is asked by,
// or blocks, by ascending user id.
type RelationPage struct {
	List []msgdef.Relation // may be empty although there is more
	Next uint64            // what to ask for those after; 0: there are none
}

// Relations returns at most limit of them with a user id above after; limit 0 leaves
// it to the server. Errors are those of History.
func (c *Client) Relations(ctx context.Context, after uint64, limit int) (page RelationPage, err error) {
	if err := checkLimit(limit, maxRelations); err != nil {
		return page, err
	}
	err = c.call(ctx, &call{
		ask: func(req uint64) frame.Message {
			page = RelationPage{}
			return &msgdef.GetRelations{Req: req, After: after, Limit: uint16(limit)}
		},
		take: func(answer any) (last bool, err error) {
			m, ok := answer.(*msgdef.Relations)
			if !ok {
				return false, protocolError("%T in answer to GetRelations", answer)
			}
			page.Next, page.List = m.Next, append(page.List, m.Clone().List...)
			return m.Last, bounded("Relations", len(page.List), maxRelations)
		},
	})
	return page, err
}

// Relation returns what the user has with another.
func (c *Client) Relation(ctx context.Context, uid uint64) (msgdef.Relation, error) {
	none := msgdef.Relation{UID: uid}
	if uid == 0 {
		return none, fmt.Errorf("%w: user 0", ErrArgument)
	}
	page, err := c.Relations(ctx, uid-1, 1)
	if err != nil || len(page.List) == 0 || page.List[0].UID != uid {
		return none, err
	}
	return page.List[0], nil
}

// HandleRelations implements msgdef.DownHandler.
func (s *session) HandleRelations(r *msgdef.Relations) error { return s.answer(r.Req, r) }
