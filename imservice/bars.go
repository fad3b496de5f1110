package imservice

import (
	"slices"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// barsKnown says of the bars of a head that they are those of its pair.
const barsKnown = 1 << 7

var errUnwelcome = &rpc.Error{Code: msgdef.CodeUnwelcome, Detail: "the other one takes nothing of this kind from the user"}

// blockOf is the bar of a pair that is there while one of the two blocks the other.
func blockOf(by, other uint64) store.Bars {
	if by < other {
		return store.SmallerBlocks
	}
	return store.GreaterBlocks
}

// bars returns those of pairs, in their order. Of a store of one's own those that
// are in memory are right, and others it has; of a shared one it is asked.
func (s *Server) bars(convs []msgdef.Conversation) ([]store.Bars, error) { return s.heads.bars(convs) }

func (h *heads) bars(convs []msgdef.Conversation) ([]store.Bars, error) {
	if h.shared != nil {
		return h.store.Bars(nil, convs)
	}
	list := make([]store.Bars, 0, len(convs))
	for i, conv := range convs {
		if known, ok := knownBars(h.conversations, conv); ok {
			list = append(list, known)
			continue
		}
		var err error
		if list, err = h.store.Bars(list, convs[i:i+1]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// knownBars returns the bars of a pair that are in memory.
func knownBars(c *headCache[msgdef.Conversation], conv msgdef.Conversation) (store.Bars, bool) {
	s := c.shard(conv)
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.heads.get(conv)
	if h == nil || h.bars&barsKnown == 0 {
		return 0, false
	}
	return store.Bars(h.bars &^ barsKnown), true
}

// blocked tells whether what one user does is not to reach the other, because the
// other blocks them.
func (s *Server) blocked(by, of uint64) (bool, error) {
	list, err := s.bars([]msgdef.Conversation{msgdef.Pair(by, of)})
	if err != nil {
		return false, err
	}
	return by != of && list[0]&blockOf(of, by) != 0, nil
}

// quiet returns which of the items, that somebody does in a conversation, the other
// one of a pair is not to hear of. Of what cannot be looked up nobody hears.
func (s *Server) quiet(n int, item func(i int) (conv msgdef.Conversation, by uint64)) (quiet []uint32) {
	var convs []msgdef.Conversation
	var at []uint32
	var bars []store.Bars
	for i := range n {
		conv, by := item(i)
		if peer, ok := msgdef.Peer(conv, by); ok && peer != by {
			convs, at, bars = append(convs, conv), append(at, uint32(i)), append(bars, blockOf(peer, by))
		}
	}
	if len(convs) == 0 {
		return nil
	}
	found, err := s.bars(convs)
	if err != nil {
		s.options.Logger.Warn("nobody hears what others do in pairs", "err", err)
		return at
	}
	for j := range at {
		if found[j]&bars[j] != 0 {
			quiet = append(quiet, at[j])
		}
	}
	return quiet
}

// built returns the bars of a pair as of what was built before, of which was are
// those that are committed.
func (b *batch) built(conv msgdef.Conversation, was store.Bars) store.Bars {
	for _, row := range slices.Backward(b.commit.Bars) {
		if row.Conv == conv {
			return row.Bars
		}
	}
	return was
}

// welcomes returns nil when what an item says reaches the other one of its pair.
// Friendships begin between strangers, and what was said to one can be taken back.
func (q *sequencer) welcomes(it *rpc.Send, peer uint64, bars store.Bars) error {
	if peer == it.UID {
		return nil
	}
	stranger := q.friendsOnly && bars&store.BothFriends == 0
	if stranger && (it.Kind == msgdef.ContentFriend || it.Kind == msgdef.ContentRecall) {
		stranger = false
	}
	if stranger || bars&blockOf(peer, it.UID) != 0 {
		return errUnwelcome
	}
	return nil
}

// claimedBars returns the bars of the pair whose head was claimed last.
func (q *sequencer) claimedBars(b *batch, conv msgdef.Conversation) (store.Bars, error) {
	c := &b.claims.list[len(b.claims.list)-1]
	if c.before.bars&barsKnown == 0 { // only a sequencer makes them known
		list, err := q.store.Bars(nil, []msgdef.Conversation{conv})
		if err != nil {
			return 0, err
		}
		days, err := agreedDays(q.store, conv)
		if err != nil {
			return 0, err
		}
		c.before.bars, c.before.keep = uint8(list[0])|barsKnown, days
		c.mu.Lock()
		c.head.bars, c.head.keep = c.before.bars, c.before.keep
		c.mu.Unlock()
	}
	return b.built(conv, store.Bars(c.before.bars&^barsKnown)), nil
}

// learn has the heads that are in memory, and know what holds for their pairs, know
// what an applied commit makes of it.
func (h *heads) learn(c *store.Commit) {
	for _, row := range c.Bars {
		h.conversations.relearn(row.Conv, func(of *head) { of.bars = uint8(row.Bars) | barsKnown })
	}
	for i := range c.Settings {
		if row := &c.Settings[i]; row.Agrees {
			h.conversations.relearn(row.Conv, func(of *head) { of.keep = row.Keep })
		}
	}
}

// relearn changes what a head knows of its pair. What it does not know it will read.
func (c *headCache[K]) relearn(key K, change func(*head)) {
	s := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.heads.get(key); h != nil && h.bars&barsKnown != 0 {
		change(h)
	}
}

// invites returns an error if one of those whom a user would have in a group blocks
// them. Who has asked to be there is welcome.
func (q *sequencer) invites(b *batch, by uint64, g *group, people []msgdef.GroupMember) error {
	var convs []msgdef.Conversation
	var blocks []store.Bars
	for _, m := range people {
		if m.UID != by && m.Role == msgdef.RoleMember && g.is(m.UID) < msgdef.RoleAsking {
			convs, blocks = append(convs, msgdef.Pair(by, m.UID)), append(blocks, blockOf(m.UID, by))
		}
	}
	if len(convs) == 0 {
		return nil
	}
	bars, err := q.heads.bars(convs)
	for i := range bars {
		if b.built(convs[i], bars[i])&blocks[i] != 0 {
			return errUnwelcome
		}
	}
	return err
}
