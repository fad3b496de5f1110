package imservice

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// groupChange is what a GroupChange makes of a group.
type groupChange struct {
	group  msgdef.Group
	people []msgdef.GroupMember // those who are something else now; not those of a big group that is dissolved
	left   []uint64             // those of them who are members no longer
	told   []uint64             // whose inboxes it goes into, ascending, see tell
}

var (
	errNoGroup      = &rpc.Error{Code: msgdef.CodeUnknownConversation, Detail: "no such group"}
	errGroupExists  = &rpc.Error{Code: msgdef.CodeGroupExists, Detail: "another group has this id"}
	errGroupFull    = &rpc.Error{Code: msgdef.CodeGroupFull, Detail: "the group has as many members as it may"}
	errNotAllowed   = &rpc.Error{Code: msgdef.CodeForbidden, Detail: "the group does not let this user do that"}
	errBadChange    = &rpc.Error{Code: msgdef.CodeBadArgument, Detail: "not a change of a group"}
	errMutedInGroup = &rpc.Error{Code: msgdef.CodeMuted, Detail: "may not write here now"}
)

// act is what is asked of a group, on its way to what it changes.
type act struct {
	*msgdef.GroupChange
	group *group
	by    uint64
	cseq  uint64 // of the event
	at    int64  // of the event, Unix milliseconds
	small int    // members up to which a group is not big
	most  int    // members of a group
	made  groupChange
}

// judge tells what a change makes of a group, or why it may not be. The group
// stays as it is.
func (g *group) judge(a *act) (*groupChange, error) {
	a.group, a.made.group = g, g.Group
	if slices.Contains(a.UIDs, a.by) || repeats(a.UIDs) {
		return nil, errBadChange
	}
	if (a.Act == msgdef.GroupFound) == g.alive() || g.Dissolved {
		if a.Act == msgdef.GroupFound {
			return nil, errGroupExists
		}
		return nil, errNoGroup
	}
	if err := a.do(); err != nil {
		return nil, err
	}
	if err := a.count(); err != nil {
		return nil, err
	}
	a.tell()
	return &a.made, nil
}

// repeats tells whether a user is named twice.
func repeats(uids []uint64) bool {
	sorted := slices.Sorted(slices.Values(uids))
	return len(slices.Compact(sorted)) != len(uids)
}

// do decides by what is asked.
func (a *act) do() error {
	role := a.group.is(a.by)
	switch a.Act {
	case msgdef.GroupFound:
		return a.found()
	case msgdef.GroupInform:
		return a.inform(role)
	case msgdef.GroupAdd:
		return a.add(role)
	case msgdef.GroupJoin:
		return a.enter(role, msgdef.EntryOpen, msgdef.RoleMember)
	case msgdef.GroupAsk:
		return a.enter(role, msgdef.EntryAsk, msgdef.RoleAsking)
	case msgdef.GroupLeave:
		return a.leave(role)
	case msgdef.GroupRemove:
		return a.lower(role, msgdef.RoleAsking, msgdef.RoleNone)
	case msgdef.GroupBan:
		return a.lower(role, msgdef.RoleNone, msgdef.RoleBanned)
	case msgdef.GroupUnban:
		return a.unban(role)
	case msgdef.GroupRank:
		return a.rank(role)
	case msgdef.GroupMute:
		return a.mute(role)
	case msgdef.GroupTransfer:
		return a.transfer(role)
	case msgdef.GroupDissolve:
		return a.dissolve(role)
	}
	return errBadChange
}

// becomes has somebody be something else from the event on.
func (a *act) becomes(uid uint64, role msgdef.GroupRole) {
	m := a.group.people[uid]
	if m.UID, m.Since = uid, a.since(m, role); role < msgdef.RoleMember {
		m.Muted = 0
	}
	m.Role = role
	a.made.people = append(a.made.people, m)
}

// since is from which message on somebody may read.
func (a *act) since(m msgdef.GroupMember, role msgdef.GroupRole) uint64 {
	switch {
	case role < msgdef.RoleMember:
		return 0
	case m.Role < msgdef.RoleMember:
		return a.cseq
	}
	return m.Since
}

func (a *act) found() error {
	if !goodInfo(&a.Info) {
		return errBadChange
	}
	a.made.group = msgdef.Group{Conv: a.group.Conv, Info: a.Info, Owner: a.by, Founded: max(a.at, 1)}
	a.becomes(a.by, msgdef.RoleOwner)
	for _, uid := range a.UIDs {
		a.becomes(uid, msgdef.RoleMember)
	}
	return nil
}

// goodInfo tells whether people can read a group's name.
func goodInfo(info *msgdef.GroupInfo) bool {
	name := info.Name
	return strings.TrimSpace(name) == name && printable(name) && info.Entry <= msgdef.EntryOpen
}

// printable tells whether a text is something to look at.
func printable(s string) bool {
	return s != "" && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

func (a *act) inform(role msgdef.GroupRole) error {
	switch {
	case role < msgdef.RoleAdmin:
		return errNotAllowed
	case !goodInfo(&a.Info):
		return errBadChange
	}
	a.made.group.Info = a.Info
	return nil
}

func (a *act) add(role msgdef.GroupRole) error {
	invites := role >= msgdef.RoleAdmin || role == msgdef.RoleMember && a.group.Info.Entry == msgdef.EntryOpen
	if !invites {
		return errNotAllowed
	}
	return a.each(func(uid uint64, is msgdef.GroupRole) error {
		switch {
		case is == msgdef.RoleBanned:
			return errNotAllowed
		case is >= msgdef.RoleMember:
			return errBadChange
		}
		a.becomes(uid, msgdef.RoleMember)
		return nil
	})
}

// each does something to all who are named; there has to be somebody.
func (a *act) each(do func(uid uint64, is msgdef.GroupRole) error) error {
	if len(a.UIDs) == 0 {
		return errBadChange
	}
	for _, uid := range a.UIDs {
		if err := do(uid, a.group.is(uid)); err != nil {
			return err
		}
	}
	return nil
}

// enter is somebody who comes by themself, or asks to.
func (a *act) enter(role msgdef.GroupRole, entry msgdef.GroupEntry, to msgdef.GroupRole) error {
	switch {
	case role >= to:
		return errBadChange
	case role == msgdef.RoleBanned || a.group.Info.Entry != entry:
		return errNotAllowed
	case to == msgdef.RoleAsking && a.others() >= mostOthers:
		return errGroupFull
	}
	a.becomes(a.by, to)
	return nil
}

func (a *act) leave(role msgdef.GroupRole) error {
	if role < msgdef.RoleAsking || role == msgdef.RoleOwner {
		return errNotAllowed
	}
	a.becomes(a.by, msgdef.RoleNone)
	return nil
}

// lower makes less of those who are at least something, and below the sender.
func (a *act) lower(role, least, to msgdef.GroupRole) error {
	if role < msgdef.RoleAdmin {
		return errNotAllowed
	}
	return a.each(func(uid uint64, is msgdef.GroupRole) error {
		switch {
		case is >= role:
			return errNotAllowed
		case is < least || is == to && to != msgdef.RoleNone:
			return errBadChange
		case to == msgdef.RoleBanned && is != msgdef.RoleAsking && a.others() >= mostOthers:
			return errGroupFull
		}
		a.becomes(uid, to)
		return nil
	})
}

// others is how many are banned, or ask, with those made so far.
func (a *act) others() int {
	return int(a.group.Others) + len(a.made.people)
}

func (a *act) unban(role msgdef.GroupRole) error {
	if role < msgdef.RoleAdmin {
		return errNotAllowed
	}
	return a.each(func(uid uint64, is msgdef.GroupRole) error {
		if is != msgdef.RoleBanned {
			return errBadChange
		}
		a.becomes(uid, msgdef.RoleNone)
		return nil
	})
}

func (a *act) rank(role msgdef.GroupRole) error {
	switch {
	case role != msgdef.RoleOwner:
		return errNotAllowed
	case a.Role != msgdef.RoleMember && a.Role != msgdef.RoleAdmin:
		return errBadChange
	}
	return a.each(func(uid uint64, is msgdef.GroupRole) error {
		if is < msgdef.RoleMember || is == a.Role {
			return errBadChange
		}
		a.becomes(uid, a.Role)
		return nil
	})
}

func (a *act) mute(role msgdef.GroupRole) error {
	switch {
	case role < msgdef.RoleAdmin:
		return errNotAllowed
	case a.Until < 0:
		return errBadChange
	}
	return a.each(func(uid uint64, is msgdef.GroupRole) error {
		switch {
		case is >= role:
			return errNotAllowed
		case is < msgdef.RoleMember:
			return errBadChange
		}
		a.becomes(uid, is)
		a.made.people[len(a.made.people)-1].Muted = a.Until
		return nil
	})
}

func (a *act) transfer(role msgdef.GroupRole) error {
	switch {
	case role != msgdef.RoleOwner:
		return errNotAllowed
	case len(a.UIDs) != 1 || a.group.is(a.UIDs[0]) < msgdef.RoleMember:
		return errBadChange
	}
	a.becomes(a.UIDs[0], msgdef.RoleOwner)
	a.becomes(a.by, msgdef.RoleAdmin)
	a.made.group.Owner = a.UIDs[0]
	return nil
}

// dissolve makes nobody of all who are something. Of a big group nothing says so
// but the group itself: whoever reads what somebody is in it looks there too.
func (a *act) dissolve(role msgdef.GroupRole) error {
	if role != msgdef.RoleOwner {
		return errNotAllowed
	}
	a.made.group.Dissolved, a.made.group.Gone = true, a.cseq
	if a.group.big() {
		a.made.group.Members, a.made.group.Others = 0, 0
		return nil
	}
	for uid := range a.group.people {
		a.becomes(uid, msgdef.RoleNone)
	}
	return nil
}
