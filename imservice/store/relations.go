package store

import "github.com/sim-im/sim/msgdef"

// RelationName names what a user has with another.
type RelationName struct{ UID, Peer uint64 }

// RelationRow is what a user has with another, whom the relation names. It replaces
// the row before it; one of a relation that says nothing but who it is with is none.
type RelationRow struct {
	UID uint64
	msgdef.Relation
}

// Name names the row.
func (r *RelationRow) Name() RelationName { return RelationName{r.UID, r.Relation.UID} }

// Blank tells whether the row is to be none.
func (r *RelationRow) Blank() bool { return r.Relation == msgdef.Relation{UID: r.Relation.UID} }

// Tally is how many relations of a kind a user has.
type Tally struct {
	Friends uint32
	Asked   uint32
	Asking  uint32
	Blocked uint32
}

// TallyRow is the tally of a user. It replaces the row before it.
type TallyRow struct {
	UID uint64
	Tally
}

// Bars are what writing to a pair depends on.
type Bars uint8

// Of the two of a pair, one has the smaller id.
const (
	SmallerBlocks Bars = 1 << 0 // the one with the greater id
	GreaterBlocks Bars = 1 << 1
	BothFriends   Bars = 1 << 2
)

// BarsRow are the bars of a pair. It replaces the row before it.
type BarsRow struct {
	Conv msgdef.Conversation
	Bars Bars
}

// Relations reads what users are to each other.
type Relations interface {
	// Relations appends each of those that are named, of one that is not there only
	// who it is with.
	Relations(dst []msgdef.Relation, of []RelationName) ([]msgdef.Relation, error)

	// RelationsOf appends those of a user with a user id above after, ascending, at
	// most limit.
	RelationsOf(dst []msgdef.Relation, uid, after uint64, limit int) ([]msgdef.Relation, error)

	// Tally returns the tally of a user.
	Tally(uid uint64) (Tally, error)

	// Bars appends those of each of the pairs.
	Bars(dst []Bars, of []msgdef.Conversation) ([]Bars, error)
}
