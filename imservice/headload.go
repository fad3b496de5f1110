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
	shared        store.Shared                    // the same, if it is; then nothing is kept
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
	h.users.zeros = true // who logs in is asked for, also before the first message
	h.conversations = newHeadCache(limits.CachedConversations, h.loadConversation)
	h.reads = newHeadCache(limits.CachedReads, h.loadRead)
	if shared, ok := s.(store.Shared); ok {
		h.shared = shared
		h.users.shared, h.conversations.shared, h.reads.shared = true, true, true
		h.conversations.load = h.lookConversation
	}
	return h
}

// inboxes returns the durable heads of users, 0 for one who is unknown.
func (h *heads) inboxes(uids []uint64) ([]uint64, error) {
	useqs := make([]uint64, 0, len(uids))
	if h.shared != nil {
		return h.shared.InboxHeads(useqs, uids)
	}
	for _, uid := range uids {
		head, err := h.users.durable(uid)
		if err != nil && !isNobody(err) {
			return nil, err
		}
		useqs = append(useqs, head)
	}
	return useqs, nil
}

// marks returns the durable read marks of users in a conversation.
func (h *heads) marks(conv msgdef.Conversation, uids []uint64) ([]uint64, error) {
	cseqs := make([]uint64, 0, len(uids))
	if h.shared != nil {
		return h.shared.ReadMarks(cseqs, conv, uids)
	}
	for _, uid := range uids {
		cseq, err := h.reads.durable(readKey{uid, conv})
		if err != nil {
			return nil, err
		}
		cseqs = append(cseqs, cseq)
	}
	return cseqs, nil
}

// loadUser finds the newest row of an inbox. That a head is in memory also
// tells that the account exists, so the hot path asks nothing else.
func (h *heads) loadUser(uid uint64) (head, error) {
	if h.shared != nil {
		return h.lookUser(uid)
	}
	if _, err := h.store.AccountByUID(uid); errors.Is(err, store.ErrNotFound) {
		return head{}, errUnknownUser
	} else if err != nil {
		return head{}, err
	}
	if err := nobody(h.store, uid); !errors.Is(err, errUnknownUser) {
		return head{}, err
	}
	useq, err := h.store.InboxHead(uid)
	return head{assigned: useq, durable: useq}, err
}

// lookUser is loadUser that asks a shared store as little as possible: who has
// messages has an account.
func (h *heads) lookUser(uid uint64) (head, error) {
	useq, err := h.store.InboxHead(uid)
	if err == nil && useq == 0 {
		if _, err = h.store.AccountByUID(uid); errors.Is(err, store.ErrNotFound) {
			err = errUnknownUser
		} else if err == nil {
			if gone := nobody(h.store, uid); !errors.Is(gone, errUnknownUser) {
				err = gone
			}
		}
	}
	return head{assigned: useq, durable: useq}, err
}

// lookConversation is loadConversation for readers, who need no time.
func (h *heads) lookConversation(conv msgdef.Conversation) (head, error) {
	cseq, err := h.store.ConversationHead(conv)
	return head{assigned: cseq, durable: cseq}, err
}

// loadConversation finds the newest message and its time, below which no later
// one may go.
func (h *heads) loadConversation(conv msgdef.Conversation) (head, error) {
	cseq, err := h.store.ConversationHead(conv)
	if err != nil || cseq == 0 {
		return head{}, err
	}
	m, err := message(h.store, conv, cseq)
	if errors.Is(err, store.ErrNotFound) {
		floor, errFloor := h.store.ConversationFloor(conv)
		if errFloor == nil && floor.CSeq == cseq {
			return head{assigned: cseq, durable: cseq, at: floor.At, count: floor.Count}, nil
		}
		err = errors.Join(err, errFloor)
	}
	if err != nil {
		return head{}, fmt.Errorf("newest message %d: %w", cseq, err)
	}
	return head{assigned: cseq, durable: cseq, at: m.At, count: m.Count}, nil
}

func (h *heads) loadRead(key readKey) (head, error) {
	cseq, err := h.store.ReadMark(key.uid, key.conv)
	return head{assigned: cseq, durable: cseq}, err
}
