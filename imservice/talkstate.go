package imservice

import (
	"context"
	"errors"
	"slices"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// talkStates returns what a user has set for conversations, which is durable.
func (s *Server) talkStates(ctx context.Context, uid uint64, convs []msgdef.Conversation) ([]msgdef.TalkState, error) {
	of := make([]store.TalkName, len(convs))
	for i, conv := range convs {
		of[i] = store.TalkName{UID: uid, Conv: conv}
	}
	states, err := s.options.Store.TalkStates(nil, of)
	if err != nil || s.heads.shared != nil {
		return states, err
	}
	var newest uint64
	for i := range states {
		newest = max(newest, states[i].Changed)
	}
	durable, err := s.heads.conversations.durable(msgdef.Stream(uid))
	ahead := newest > durable
	for i := 0; i < len(states) && err == nil && !ahead; i++ {
		if states[i].Kept != 0 {
			durable, err = s.heads.conversations.durable(convs[i])
			ahead = states[i].Kept > durable
		}
	}
	if err == nil && ahead {
		err = s.synced(ctx)
	}
	return states, err
}

// synced returns when everything is durable that was applied before.
func (s *Server) synced(ctx context.Context) error {
	call := &readCall{done: make(chan struct{})}
	if err := s.intake.offerRead(call); err != nil {
		return err
	}
	select {
	case <-call.done:
		return s.writable()
	case <-ctx.Done():
		return errDeadline
	}
}

// regardTalk adds to a conversation what its user has set for it, as far as it holds
// still. newest is the encoded message at its head, nil when it is kept no longer.
func (s *Server) regardTalk(uid uint64, t *msgdef.Talk, state *msgdef.TalkState, newest []byte) error {
	if t.Since = max(t.Since, state.Cleared+1); t.Head >= t.Since {
		t.Newest = newest
		if err := s.coverNewest(uid, t, state); err != nil {
			return err
		}
	}
	if err := s.unread(uid, t); err != nil {
		return err
	}
	if err := s.withoutDeleted(uid, t, state); err != nil {
		return err
	}
	if t.Read > state.Unread {
		state.Unread = 0
	}
	if err := s.returned(t, state); err != nil {
		return err
	}
	if *state != (msgdef.TalkState{}) {
		t.State = state.Append(nil)
	}
	return nil
}

// coverNewest has the newest message be as the user wants to see it.
func (s *Server) coverNewest(uid uint64, t *msgdef.Talk, state *msgdef.TalkState) error {
	if state.Cleared == 0 && state.Deleted == 0 || t.Newest == nil {
		return nil
	}
	one := [][]byte{t.Newest}
	err := s.cover(uid, one)
	t.Newest = one[0]
	return err
}

// withoutDeleted takes those messages out of what is unread that the user has
// deleted.
func (s *Server) withoutDeleted(uid uint64, t *msgdef.Talk, state *msgdef.TalkState) error {
	if state.Deleted == 0 || t.Unread == 0 {
		return nil
	}
	deleted, err := s.options.Store.Hidden(nil, store.TalkName{UID: uid, Conv: t.Conv}, max(t.Read+1, t.Since), t.Head)
	if err != nil {
		return err
	}
	for _, cseq := range deleted {
		m, err := message(s.options.Store, t.Conv, cseq)
		if errors.Is(err, store.ErrNotFound) {
			continue // it is kept no longer, and is not counted
		}
		if err != nil {
			return err
		}
		if m.Kind < msgdef.FirstEvent {
			t.Unread--
		}
	}
	return nil
}

// returned ends that a conversation is archived when there are messages since, but
// not while it is muted.
func (s *Server) returned(t *msgdef.Talk, state *msgdef.TalkState) error {
	if state.Archived == 0 || state.Archived >= t.Head || state.Muted > s.options.Now().UnixMilli() {
		return nil
	}
	then, err := s.countAt(t.Conv, state.Archived)
	if err != nil {
		return err
	}
	now, err := s.countAt(t.Conv, t.Head)
	if now > then {
		state.Archived = 0
	}
	return err
}

// silent tells whether a message is not to be pushed to a user: they have deleted
// it, or muted its conversation and are not named by it.
func (s *Server) silent(uid uint64, m *msgdef.Message) (bool, error) {
	c := curtain{store: s.options.Store, of: store.TalkName{UID: uid, Conv: m.Conv}, from: m.CSeq + 1}
	states, err := s.options.Store.TalkStates(nil, []store.TalkName{c.of})
	if err != nil {
		return false, err
	}
	c.state = states[0]
	if hidden, err := c.hides(m.CSeq); hidden || err != nil {
		return hidden, err
	}
	if c.state.Muted <= s.options.Now().UnixMilli() {
		return false, nil
	}
	var x msgdef.Extra
	if len(m.Extra) > 0 {
		err = x.DecodeAlias(m.Extra)
	}
	return !slices.Contains(x.Mentions, uid), err
}
