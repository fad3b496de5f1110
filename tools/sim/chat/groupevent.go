package chat

import "github.com/sim-im/sim/msgdef"

// Events of --json about groups; see messageEvent for what they have in common.
type (
	// foundEvent answers :found.
	foundEvent struct {
		Event        string `json:"event"` // founded
		Conversation string `json:"conversation"`
		Group        string `json:"group"` // as lines name it
	}

	// leftEvent says that a big group is over for the user.
	leftEvent struct {
		Event        string `json:"event"` // left
		Conversation string `json:"conversation"`
		Group        string `json:"group"`
		Dissolved    bool   `json:"dissolved"`
	}

	// groupsEvent answers :find.
	groupsEvent struct {
		Event  string       `json:"event"` // groups
		Groups []groupShown `json:"groups"`
		More   bool         `json:"more"` // a longer prefix finds them
	}

	groupShown struct {
		Conversation string `json:"conversation"`
		Group        string `json:"group"`
		Members      int    `json:"members"`
		Entry        string `json:"entry"` // invited, ask, open
		Listed       bool   `json:"listed"`
		Quiet        bool   `json:"quiet"`
		Role         string `json:"role"` // of the user
		Announcement string `json:"announcement,omitempty"`
		Keep         uint16 `json:"keep,omitempty"` // days that messages are kept, where the group says so
	}

	// membersEvent answers :members.
	membersEvent struct {
		Event string `json:"event"` // members
		groupShown
		List []memberShown `json:"list"`
	}

	memberShown struct {
		User  string `json:"user"`
		Role  string `json:"role"`
		Read  uint64 `json:"read"`
		Muted int64  `json:"muted,omitempty"` // until when
	}

	// talksEvent answers :talks, the newest first.
	talksEvent struct {
		Event string      `json:"event"` // talks
		Talks []talkShown `json:"talks"`
		More  bool        `json:"more"` // there are too many to list
	}

	talkShown struct {
		Conversation string `json:"conversation"`
		With         string `json:"with"` // user or #group
		Unread       uint64 `json:"unread"`
		Read         uint64 `json:"read"`
		Head         uint64 `json:"head"`
		stateShown
		Newest *pastMessage `json:"newest,omitempty"`
	}

	// changeShown is what an event does: to a group, or to a message.
	changeShown struct {
		Act    string   `json:"act"`               // as msgdef.GroupAct and msgdef.FriendAct name it; edit, recall, reaction, pin
		Of     uint64   `json:"of,omitempty"`      // cseq of the message
		OfFrom string   `json:"of_from,omitempty"` // who wrote it, if somebody else, and the next two: as this chat has shown it
		OfAt   int64    `json:"of_at,omitempty"`
		Was    string   `json:"was,omitempty"`   // what it said before an edit
		Emoji  string   `json:"emoji,omitempty"` // of a reaction
		Off    bool     `json:"off,omitempty"`   // a reaction or pin is taken away
		Users  []string `json:"users,omitempty"`
		Role   string   `json:"role,omitempty"`
		Until  int64    `json:"until,omitempty"`
		Name   string   `json:"name,omitempty"`
		Text   string   `json:"announcement,omitempty"`
		Reason string   `json:"reason,omitempty"`

		Greeting string `json:"greeting,omitempty"`
		Keep     uint16 `json:"keep,omitempty"` // days that messages are kept
	}
)

func newGroupShown(g *msgdef.Group) groupShown {
	return groupShown{
		Conversation: conversation(g.Conv), Group: typed(g.Info.Name), Members: int(g.Members), Entry: g.Info.Entry.String(),
		Listed: g.Info.Listed, Quiet: g.Info.Quiet, Role: g.Role.String(), Announcement: g.Info.Announcement, Keep: g.Info.Keep,
	}
}
