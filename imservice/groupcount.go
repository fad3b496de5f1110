package imservice

import (
	"slices"

	"github.com/sim-im/sim/msgdef"
)

// count tells how many there are then, and who of them is gone. With too many for
// their inboxes the group is big, from this event on.
func (a *act) count() error {
	g := &a.made.group
	for _, m := range a.made.people {
		was := a.group.is(m.UID)
		g.Members += member(m.Role) - member(was)
		g.Others += other(m.Role) - other(was)
		if was >= msgdef.RoleMember && m.Role < msgdef.RoleMember {
			a.made.left = append(a.made.left, m.UID)
			g.Gone = a.cseq
		}
	}
	switch {
	case g.Members > a.group.Members && g.Members > uint32(a.most):
		return errGroupFull
	case !a.group.big() && g.Members > uint32(a.small):
		g.Big = a.cseq
	}
	return nil
}

// member is 1 for a role of members.
func member(role msgdef.GroupRole) uint32 {
	if role >= msgdef.RoleMember {
		return 1
	}
	return 0
}

// other is 1 for who asks, or is banned.
func other(role msgdef.GroupRole) uint32 {
	if role == msgdef.RoleNone {
		return 0
	}
	return 1 - member(role)
}

// tell lists whose inboxes it goes into: all who are members before or after, and
// whom it is about; of a group that was big before only these. Who only asks is no
// member, and hears nothing but what is about them.
func (a *act) tell() {
	told := slices.Clone(a.group.members)
	for _, m := range a.made.people {
		if was := a.group.is(m.UID); max(was, m.Role) >= msgdef.RoleMember || was == msgdef.RoleAsking && m.UID != a.by {
			told = append(told, m.UID)
		}
	}
	if a.group.big() && a.made.group.Dissolved {
		told = append(told, a.by)
	}
	slices.Sort(told)
	a.made.told = slices.Compact(told)
}
