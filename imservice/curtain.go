package imservice

import (
	"fmt"
	"slices"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// curtain hides what a user does not want to see any more of what they may read: what
// they cleared, and what they deleted for themself. Messages keep their places in pages
// and inboxes, without what they say; events stay, but for edits of such messages.
type curtain struct {
	store store.Settings
	of    store.TalkName
	state msgdef.TalkState

	// What is known of Deleted: which of the messages from one to another are.
	from, to uint64
	deleted  []uint64 // ascending
}

// cover makes of messages what a user wants to see of them. Those that change are
// others in the same places.
func (s *Server) cover(uid uint64, messages [][]byte) error {
	list := make([]msgdef.Message, len(messages))
	var of []store.TalkName
	for i := range messages {
		if err := list[i].DecodeAlias(messages[i]); err != nil {
			return err
		}
		name := store.TalkName{UID: uid, Conv: list[i].Conv}
		if i == 0 || list[i].Conv != list[i-1].Conv && !slices.Contains(of, name) {
			of = append(of, name)
		}
	}
	states, err := s.options.Store.TalkStates(nil, of)
	for i := 0; i < len(states) && err == nil; i++ {
		if states[i].Cleared != 0 || states[i].Deleted != 0 {
			c := &curtain{store: s.options.Store, of: of[i], state: states[i]}
			err = c.cover(list, messages)
		}
	}
	return err
}

// cover covers the messages of one conversation among others.
func (c *curtain) cover(list []msgdef.Message, messages [][]byte) error {
	if err := c.load(list); err != nil {
		return err
	}
	for i := range list {
		if list[i].Conv != c.of.Conv {
			continue
		}
		if err := c.coverOne(&list[i], &messages[i]); err != nil {
			return err
		}
	}
	return nil
}

// load asks at once which of the messages are deleted.
func (c *curtain) load(list []msgdef.Message) (err error) {
	c.from, c.to = ^uint64(0), 0
	for i := range list {
		if list[i].Conv == c.of.Conv {
			c.from, c.to = min(c.from, list[i].CSeq), max(c.to, list[i].CSeq)
		}
	}
	if c.state.Deleted > 0 {
		c.deleted, err = c.store.Hidden(nil, c.of, c.from, c.to)
	}
	return err
}

// uncleared returns from where on a user wants to see a conversation.
func (s *Server) uncleared(uid uint64, conv msgdef.Conversation, since uint64) (uint64, error) {
	states, err := s.options.Store.TalkStates(nil, []store.TalkName{{UID: uid, Conv: conv}})
	if err != nil {
		return 0, err
	}
	return max(since, states[0].Cleared+1), nil
}

// coverOne replaces an encoded message that is not to be seen, or an edit of one.
func (c *curtain) coverOne(m *msgdef.Message, encoded *[]byte) error {
	var e msgdef.Edit
	about := m.CSeq
	switch {
	case m.Kind == msgdef.ContentEdit:
		if err := e.DecodeAlias(m.Body); err != nil {
			return fmt.Errorf("edit %d: %w", m.CSeq, err)
		}
		about = e.CSeq
	case m.Kind >= msgdef.FirstEvent:
		return nil
	}
	hidden, err := c.hides(about)
	if err != nil || !hidden {
		return err
	}
	*encoded = covered(m, &e)
	return nil
}

// hides tells whether a message is not to be seen. Those that edits are about may be
// far away.
func (c *curtain) hides(cseq uint64) (bool, error) {
	if cseq <= c.state.Cleared || c.state.Deleted == 0 {
		return cseq <= c.state.Cleared, nil
	}
	if cseq < c.from || cseq > c.to {
		found, err := c.store.Hidden(nil, c.of, cseq, cseq)
		return len(found) > 0, err
	}
	_, found := slices.BinarySearch(c.deleted, cseq)
	return found, nil
}
