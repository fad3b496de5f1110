package store

import (
	"strings"

	"github.com/sim-im/sim/msgdef"
)

// GroupRow is a group under its conversation. It replaces the row before it.
// What a msgdef.Group says of who asks is zero.
type GroupRow struct {
	msgdef.Group
	Was string // the folded name it could be found by before; empty when by none
}

// Folded is the name that a group can be found by, empty when it cannot.
func (g *GroupRow) Folded() string {
	if !g.Info.Listed || g.Dissolved {
		return ""
	}
	return Fold(g.Info.Name)
}

// Fold makes names that differ in case only alike.
func Fold(name string) string { return strings.ToLower(name) }

// MemberRow is what somebody is in a group. It replaces the row before it; one of
// RoleNone says that they are nothing any more. Read is zero.
type MemberRow struct {
	Conv msgdef.Conversation
	msgdef.GroupMember
}

// TalkRow says that a user has a conversation, or has it no more.
type TalkRow struct {
	UID  uint64
	Conv msgdef.Conversation
	Gone bool
}

// Groups reads groups, who is in them, and which conversations a user has.
type Groups interface {
	// Group returns a group, or ErrNotFound.
	Group(conv msgdef.Conversation) (msgdef.Group, error)

	// FindGroups appends the groups whose folded name begins with prefix, in the
	// order of (folded name, conversation) and after that place, at most limit.
	FindGroups(dst []msgdef.Group, prefix string, after Listed, limit int) ([]msgdef.Group, error)

	// Member returns what uid is in a group, or ErrNotFound.
	Member(conv msgdef.Conversation, uid uint64) (msgdef.GroupMember, error)

	// Members appends those of a group with a uid above after, ascending, at most
	// limit.
	Members(dst []msgdef.GroupMember, conv msgdef.Conversation, after uint64, limit int) ([]msgdef.GroupMember, error)

	// Talks appends the conversations of a user after one, ascending, at most
	// limit.
	Talks(dst []msgdef.Conversation, uid uint64, after msgdef.Conversation, limit int) ([]msgdef.Conversation, error)
}

// Listed is where a group stands among those that can be found.
type Listed struct {
	Name string // folded
	Conv msgdef.Conversation
}
