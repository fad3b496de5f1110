package store

import "github.com/sim-im/sim/msgdef"

// Deletion is what is left to do of an account that was removed. It is there until
// nothing is.
type Deletion struct {
	UID  uint64
	Done uint8 // steps of the caller's
	At   int64 // of the removal, Unix milliseconds; 0 when it is not known
}

// Deletions keeps what is left of accounts that were removed, which a Verdict
// begins with. From then on the account keeps its name and its Standing:
//
//   - SaveDevices, KeepSignIns, PutPushToken, and of a Shared store the reads of a
//     commit, keep nothing of it any more, also when they were under way before;
//   - a Ground of a Shared store does not know the user;
//   - all else that could come is the caller's to refuse.
type Deletions interface {
	// Deletion returns what is left of an account, or ErrNotFound.
	Deletion(uid uint64) (Deletion, error)

	// Deletions appends those of users above after, ascending, at most limit.
	Deletions(dst []Deletion, after uint64, limit int) ([]Deletion, error)

	// NoteDeletion keeps how many steps are done, where that is more than before. Of
	// an account of which nothing is left it does nothing.
	NoteDeletion(uid uint64, done uint8) error

	// DropDeletion says that nothing is left, durably, after all that was erased.
	DropDeletion(uid uint64) error

	// Erase removes what the tables that are kept by user have of one who was removed,
	// and more says that it has to be called again: some limit of rows goes at once.
	// What stays is in the tables of accounts, verdicts and deletions.
	Erase(uid uint64, limit int) (more bool, err error)

	// EraseConversation removes what is left of a conversation that nobody has any
	// more, and of which all messages are below its floor.
	EraseConversation(conv msgdef.Conversation) error

	// MemberOf appends the groups above after in which a user is something, ascending,
	// at most limit. It may read all groups.
	MemberOf(dst []msgdef.Conversation, uid uint64, after msgdef.Conversation, limit int) ([]msgdef.Conversation, error)

	// RelatedTo appends the users above after who have a relation with peer,
	// ascending, at most limit. It may read all users.
	RelatedTo(dst []uint64, peer, after uint64, limit int) ([]uint64, error)
}
