package chat

import (
	"fmt"
	"strings"

	"github.com/sim-im/sim/msgdef"
)

// mostNamed is how many people a line names.
const mostNamed = 8

// did tells people what somebody did by an event; clock shows times.
func (c content) did(clock func(int64) string) string {
	e := c.Change
	switch e.Act {
	case msgdef.ContentEdit.String():
		return fmt.Sprintf("edited %s: %s%v", e.subject(fmt.Sprint("#", e.Of), clock), e.quote(), c)
	case msgdef.ContentRecall.String():
		return "recalled " + e.subject(fmt.Sprint("#", e.Of), clock)
	case msgdef.ContentReaction.String():
		if e.Off {
			return fmt.Sprintf("took %s from #%d", printable(e.Emoji), e.Of)
		}
		return fmt.Sprintf("put %s to #%d", printable(e.Emoji), e.Of)
	case msgdef.ContentPin.String():
		if e.Off {
			return fmt.Sprintf("unpinned #%d", e.Of)
		}
		return fmt.Sprintf("pinned #%d", e.Of)
	case msgdef.ContentKeep.String():
		if e.Keep == 0 {
			return "set new messages to last as long as the server keeps them"
		}
		return "set new messages to last " + plural(int(e.Keep), "day")
	}
	if c.Kind == msgdef.ContentFriend.String() {
		return e.befriended()
	}
	text := e.sentence(strings.Join(e.people(), ", "), clock)
	if e.Reason != "" {
		text += ": " + printable(e.Reason)
	}
	return text
}

// people are those whom it is about, and how many more there are.
func (c *changeShown) people() (list []string) {
	for i, name := range c.Users {
		if i == mostNamed {
			return append(list, fmt.Sprintf("and %d more", len(c.Users)-i))
		}
		list = append(list, printable(name))
	}
	return list
}

func (c *changeShown) sentence(who string, clock func(int64) string) string {
	switch c.Act {
	case msgdef.GroupFound.String():
		return strings.TrimSuffix("founded the group with "+who, " with ")
	case msgdef.GroupInform.String():
		text := "changed the group, which is " + printable(typed(c.Name))
		if c.Text != "" {
			text += " and announces: " + printable(c.Text)
		}
		return text
	case msgdef.GroupAdd.String():
		return "added " + who
	case msgdef.GroupJoin.String():
		return "joined"
	case msgdef.GroupAsk.String():
		return "asked to join"
	case msgdef.GroupLeave.String():
		return "left"
	case msgdef.GroupRemove.String():
		return "removed " + who
	case msgdef.GroupBan.String():
		return "banned " + who
	case msgdef.GroupUnban.String():
		return "allowed " + who + " to come back"
	case msgdef.GroupRank.String():
		return "made " + who + " " + c.Role
	case msgdef.GroupMute.String():
		if c.Until == 0 {
			return "allowed " + who + " to write again"
		}
		return "muted " + who + " until " + clock(c.Until)
	case msgdef.GroupTransfer.String():
		return "handed the group to " + who
	case msgdef.GroupDissolve.String():
		return "dissolved the group"
	}
	return "changed the group"
}
