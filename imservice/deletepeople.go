package imservice

import (
	"errors"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// partings is an errand: somebody who was removed is nothing to others any more. Those
// who were their friends, or have asked, are told as by any end of it.
type partings struct {
	awaited
	uid   uint64
	peers []uint64
}

func (p *partings) about(g *store.Ground) {
	g.Users = append(g.Users, p.peers...)
	for _, peer := range p.peers {
		g.Conversations = append(g.Conversations, msgdef.Pair(p.uid, peer))
	}
}

func (p *partings) join(q *sequencer, b *batch) error {
	for _, peer := range p.peers {
		if err := p.part(q, b, peer); err != nil {
			return err
		}
	}
	return nil
}

// part ends what two are to each other, and drops what is left of it at both.
func (p *partings) part(q *sequencer, b *batch, peer uint64) error {
	two, err := q.bondOf(b, p.uid, peer)
	if err != nil {
		return err
	}
	if act := two.parting(); act != 0 {
		change := msgdef.FriendChange{Act: act}
		it := rpc.Send{UID: p.uid, Conv: msgdef.Pair(p.uid, peer), Kind: msgdef.ContentFriend, Body: change.Append(nil)}
		if _, err = q.placeOwn(b, &it, q.now().UnixMilli()); err != nil && !errors.Is(err, errUserDeleted) {
			return err // who is gone too need not be told
		}
		if two, err = q.bondOf(b, p.uid, peer); err != nil {
			return err
		}
	}
	two.own.Relation, two.theirs.Relation = msgdef.Relation{UID: peer}, msgdef.Relation{UID: p.uid}
	b.bind(two, 0, 0)
	return nil
}
