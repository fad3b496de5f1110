package imservice

import (
	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// trim is an errand: it raises floors.
type trim struct {
	awaited
	inboxes       []store.InboxFloor
	conversations []store.ConversationFloor
	sent          []store.SentFloor
}

func (t *trim) size() int { return len(t.inboxes) + len(t.conversations) + len(t.sent) }

func (t *trim) about(g *store.Ground) {
	for _, f := range t.inboxes {
		g.Users = append(g.Users, f.UID)
	}
	for _, f := range t.sent {
		g.Users = append(g.Users, f.UID)
	}
	for _, f := range t.conversations {
		g.Conversations = append(g.Conversations, f.Conv)
	}
}

// join leaves out what is not there any more: who was removed, and what only they had.
func (t *trim) join(q *sequencer, b *batch) error {
	c := &b.commit
	for _, f := range t.conversations {
		if is, err := q.has(f.Conv); err != nil || !is {
			if err != nil {
				return err
			}
			continue
		}
		if err := q.letGoBelow(b, f); err != nil {
			return err
		}
		c.ConversationFloors = append(c.ConversationFloors, f)
	}
	for _, f := range t.inboxes {
		if err := q.present(f.UID); err == nil {
			c.InboxFloors = append(c.InboxFloors, f)
		} else if !isNobody(err) {
			return err
		}
	}
	for _, f := range t.sent {
		if err := q.present(f.UID); err == nil {
			c.SentFloors = append(c.SentFloors, f)
		} else if !isNobody(err) {
			return err
		}
	}
	return nil
}

// has tells whether a conversation has messages, or had some.
func (q *sequencer) has(conv msgdef.Conversation) (bool, error) {
	if q.ground != nil {
		_, is := q.ground.Newest[conv]
		return is, nil
	}
	head, err := q.store.ConversationHead(conv)
	return head > 0, err
}
