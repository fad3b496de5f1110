package imservice

import (
	"slices"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

var errManyRelations = &rpc.Error{Code: msgdef.CodeManyRelations, Detail: "one of the two has as many of these as they may"}

// bond is what two users are to each other, on its way to what a change makes of it.
type bond struct{ own, theirs side }

// side is the bond as one of the two sees it.
type side struct {
	store.RelationRow                 // as it will be
	was               msgdef.Relation // as it was
	tally             store.Tally     // as it was
}

// bondOf returns what two users are to each other as of what was built before.
func (q *sequencer) bondOf(b *batch, uid, peer uint64) (*bond, error) {
	names := []store.RelationName{{UID: uid, Peer: peer}, {UID: peer, Peer: uid}}
	list, err := q.store.Relations(nil, names)
	if err != nil {
		return nil, err
	}
	for _, row := range b.commit.Relations {
		if i := slices.Index(names, row.Name()); i >= 0 {
			list[i] = row.Relation
		}
	}
	two := new(bond)
	for i, s := range []*side{&two.own, &two.theirs} {
		s.RelationRow, s.was = store.RelationRow{UID: names[i].UID, Relation: list[i]}, list[i]
		if s.tally, err = q.tally(b, s.RelationRow.UID); err != nil {
			return nil, err
		}
	}
	return two, nil
}

// tally returns how many relations a user has as of what was built before.
func (q *sequencer) tally(b *batch, uid uint64) (store.Tally, error) {
	for _, row := range slices.Backward(b.commit.Tallies) {
		if row.UID == uid {
			return row.Tally, nil
		}
	}
	return q.store.Tally(uid)
}

// counted is the tally as it will be.
func (s *side) counted() store.Tally {
	const less = ^uint32(0)
	t := s.tally
	add(&t, &s.was, less)
	add(&t, &s.Relation, 1)
	return t
}

// add counts a relation.
func add(t *store.Tally, r *msgdef.Relation, by uint32) {
	switch r.State {
	case msgdef.RelationAsked:
		t.Asked += by
	case msgdef.RelationAsking:
		t.Asking += by
	case msgdef.RelationFriends:
		t.Friends += by
	}
	if r.Blocked != 0 {
		t.Blocked += by
	}
}

// within returns an error if one of the two would have more of something than
// before, and than they may.
func (two *bond) within(l *Limits) error {
	for _, s := range []*side{&two.own, &two.theirs} {
		is := s.counted()
		for _, n := range []struct {
			was, is uint32
			most    int
		}{
			{s.tally.Friends, is.Friends, l.Friends}, {s.tally.Asked, is.Asked, l.FriendsAsked},
			{s.tally.Asking, is.Asking, l.FriendsAsking}, {s.tally.Blocked, is.Blocked, l.Blocks},
		} {
			if n.is > n.was && int64(n.is) > int64(n.most) {
				return errManyRelations
			}
		}
	}
	return nil
}

// bind adds the rows of a change. cseq is that of the message in the pair which
// tells of it, 0 when there is none.
func (b *batch) bind(two *bond, cseq uint64, at int64) {
	c := &b.commit
	for _, s := range []*side{&two.own, &two.theirs} {
		if cseq != 0 {
			s.CSeq, s.Since = cseq, at
		}
		c.Relations = append(c.Relations, s.RelationRow)
		if is := s.counted(); is != s.tally {
			c.Tallies = append(c.Tallies, store.TallyRow{UID: s.RelationRow.UID, Tally: is})
		}
	}
	is := barsOf(&two.own.Relation, &two.theirs.Relation)
	if is != barsOf(&two.own.was, &two.theirs.was) {
		c.Bars = append(c.Bars, store.BarsRow{Conv: msgdef.Pair(two.own.RelationRow.UID, two.theirs.RelationRow.UID), Bars: is})
	}
}

// barsOf are the bars that follow from both relations. Each names the other one.
func barsOf(own, theirs *msgdef.Relation) (bars store.Bars) {
	if own.State == msgdef.RelationFriends {
		bars = store.BothFriends
	}
	if own.Blocked != 0 {
		bars |= blockOf(theirs.UID, own.UID)
	}
	if theirs.Blocked != 0 {
		bars |= blockOf(own.UID, theirs.UID)
	}
	return bars
}
