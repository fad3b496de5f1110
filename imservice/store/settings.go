package store

import "github.com/sim-im/sim/msgdef"

// TalkName names a conversation of a user.
type TalkName struct {
	UID  uint64
	Conv msgdef.Conversation
}

// SettingRow is what a user has set for a conversation. It replaces the row before
// it.
type SettingRow struct {
	TalkName
	msgdef.TalkState

	Agrees bool // Keep is said for the pair in this commit, see ConversationHead
}

// HiddenRow says that a message is not served to a user. With Below it is about all
// messages up to it instead, which need no rows any more; of a commit none above is
// about them.
type HiddenRow struct {
	TalkName
	CSeq  uint64
	Below bool
}

// Settings reads what users have set.
type Settings interface {
	// TalkStates appends what was set for each of the conversations, zero where
	// nothing was.
	TalkStates(dst []msgdef.TalkState, of []TalkName) ([]msgdef.TalkState, error)

	// Hidden appends the cseqs from ≤ cseq ≤ to of messages that are not served to
	// the user, ascending.
	Hidden(dst []uint64, of TalkName, from, to uint64) ([]uint64, error)
}
