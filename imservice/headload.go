package imservice

import (
	"errors"
	"fmt"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// heads are all that the service keeps of what the store would show too early.
type heads struct {
	store         store.Store
	users         *headCache[uint64]              // useq
	conversations *headCache[msgdef.Conversation] // cseq
	reads         *headCache[readKey]             // cseq that was read
}

// readKey names the read mark of a member.
type readKey struct {
	uid  uint64
	conv msgdef.Conversation
}

func newHeads(s store.Store, limits Limits) *heads {
	h := &heads{store: s}
	h.users = newHeadCache(limits.CachedUsers, h.loadUser)
	h.conversations = newHeadCache(limits.CachedConversations, h.loadConversation)
	h.reads = newHeadCache(limits.CachedReads, h.loadRead)
	return h
}

// loadUser finds the newest row of an inbox. That a head is in memory also
// tells that the account exists, so the hot path asks nothing else.
func (h *heads) loadUser(uid uint64) (head, error) {
	if _, err := h.store.AccountByUID(uid); errors.Is(err, store.ErrNotFound) {
		return head{}, errUnknownUser
	} else if err != nil {
		return head{}, err
	}
	useq, err := h.store.InboxHead(uid)
	return head{assigned: useq, durable: useq}, err
}

// loadConversation finds the newest message and its time, below which no later
// one may go.
func (h *heads) loadConversation(conv msgdef.Conversation) (head, error) {
	cseq, err := h.store.ConversationHead(conv)
	if err != nil || cseq == 0 {
		return head{}, err
	}
	encoded, err := h.store.Message(conv, cseq)
	if err != nil {
		return head{}, fmt.Errorf("newest message %d: %w", cseq, err)
	}
	var m msgdef.Message
	if err := m.DecodeAlias(encoded); err != nil {
		return head{}, fmt.Errorf("newest message %d: %w", cseq, err)
	}
	return head{assigned: cseq, durable: cseq, at: m.At}, nil
}

func (h *heads) loadRead(key readKey) (head, error) {
	cseq, err := h.store.ReadMark(key.uid, key.conv)
	return head{assigned: cseq, durable: cseq}, err
}
