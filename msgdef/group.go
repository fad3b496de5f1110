package msgdef

// GroupAct is what a GroupChange does.
type GroupAct uint8

// What can be done to a group. Who is named is in UIDs; an act that cannot be
// done to all of them is refused.
const (
	GroupFound    GroupAct = 1  // the sender makes the group, with Info, owns it, and has others in it
	GroupInform   GroupAct = 2  // Info replaces that of the group; admins
	GroupAdd      GroupAct = 3  // others become members, those who ask among them; admins, or any member where GroupInfo.Entry is EntryOpen
	GroupJoin     GroupAct = 4  // the sender becomes a member, where GroupInfo.Entry is EntryOpen
	GroupAsk      GroupAct = 5  // the sender asks to become a member, where GroupInfo.Entry is EntryAsk
	GroupLeave    GroupAct = 6  // the sender is a member no longer; an owner transfers or dissolves
	GroupRemove   GroupAct = 7  // others are members no longer, or have asked in vain; admins, of those below them
	GroupBan      GroupAct = 8  // GroupRemove, and they cannot come back
	GroupUnban    GroupAct = 9  // those who were banned may come back; admins
	GroupRank     GroupAct = 10 // others get Role, RoleMember or RoleAdmin; the owner
	GroupMute     GroupAct = 11 // others write nothing before Until; admins, of those below them
	GroupTransfer GroupAct = 12 // another member owns the group; the sender becomes an admin
	GroupDissolve GroupAct = 13 // nobody is a member any more; the owner
)

// GroupEntry is how people come into a group; values above these are as
// EntryInvited.
type GroupEntry uint8

// Ways into a group.
const (
	EntryInvited GroupEntry = 0 // admins add them
	EntryAsk     GroupEntry = 1 // they ask, and admins add them
	EntryOpen    GroupEntry = 2 // they join
)

// GroupRole is what somebody is in a group. The order counts: who is above may do
// what those below may.
type GroupRole uint8

// Roles in a group. Members are those from RoleMember on.
const (
	RoleNone   GroupRole = 0 // was a member, or never
	RoleBanned GroupRole = 1
	RoleAsking GroupRole = 2
	RoleMember GroupRole = 3
	RoleAdmin  GroupRole = 4
	RoleOwner  GroupRole = 5
)

// GroupInfo is what its admins say of a group.
//
//msgdef:struct
type GroupInfo struct {
	Name         string `max:"128"` // 1 to 128 bytes
	Avatar       string `max:"256"`
	Announcement string `max:"2048"`
	Entry        GroupEntry
	Listed       bool   // anybody finds it by its name
	Quiet        bool   // only admins write
	Keep         uint16 `gen:"2"` // days after which its messages are dropped; 0 leaves that to the service, which may drop them sooner in any case
}

// GroupChange is the body of a message of ContentGroup: who sends it does
// something to the group, if allowed.
//
//msgdef:struct
type GroupChange struct {
	Act    GroupAct
	UIDs   []uint64 `max:"500"` // whom; none twice, and not the sender
	Role   GroupRole
	Until  int64     // Unix milliseconds, of GroupMute; 0 lets them write
	Info   GroupInfo // of GroupFound and GroupInform
	Reason string    `max:"256"` // for people
}

// Group is a group as one user sees it.
//
//msgdef:struct
type Group struct {
	Conv      [16]byte
	Info      GroupInfo
	Owner     uint64
	Members   uint32
	Founded   int64 // Unix milliseconds
	Dissolved bool
	Role      GroupRole // of who asks
	Since     uint64    // cseq from which on they may read; 0 when they may not
	Muted     int64     // Unix milliseconds until which they may not write; 0 when they may
	Big       uint64    `gen:"2"` // cseq of the change by which it became big, see Watch; 0 while it is small
	Gone      uint64    `gen:"2"` // cseq of the newest change by which somebody ceased to be a member; 0 for none
	Others    uint32    `gen:"2"` // who ask, or are banned, for admins; else 0
}

// GetGroups asks for groups by name. Those that do not exist, and such that the
// user has nothing to do with and that are not listed, are left out.
//
//msgdef:type 0x0310 up reply=Groups
type GetGroups struct {
	Req   uint64
	Convs [][16]byte `max:"100"`
}

// FindGroups asks for listed groups whose name begins like that, in the order of
// their names, without regard to case.
//
//msgdef:type 0x0311 up reply=Groups
type FindGroups struct {
	Req    uint64
	Prefix string `max:"128"` // 1 to 128 bytes
	After  string `max:"512"` // Next of the page before; empty at first
	Limit  uint16 // most groups wanted, 0 leaves it to the server
}

// Groups answers GetGroups and FindGroups, in one frame or several with the same
// Req.
//
//msgdef:type 0x0312 down
type Groups struct {
	Req  uint64
	Last bool    // the last frame of this answer
	Next string  `max:"512"` // where the next page begins; empty when there is none
	List []Group `max:"100"`
}

// GroupMember is a user in a group, or one who asks to be, or was banned.
//
//msgdef:struct
type GroupMember struct {
	UID   uint64
	Role  GroupRole
	Since uint64 // cseq from which on they may read
	Muted int64  // Unix milliseconds until which they may not write
	Read  uint64 // cseq up to which they have read
}

// GetMembers asks for the members of a group, by ascending user id. Only members
// may; who asks and who was banned only admins see.
//
//msgdef:type 0x0313 up reply=Members
type GetMembers struct {
	Req   uint64
	Conv  [16]byte
	After uint64 // user id; 0 at first
	Limit uint16 // most members wanted, 0 leaves it to the server
}

// Members answers GetMembers, in one frame or several with the same Req.
//
//msgdef:type 0x0314 down
type Members struct {
	Req  uint64
	Conv [16]byte
	Last bool          // the last frame of this answer
	More bool          // there are more to ask for
	List []GroupMember `max:"500"`
}

// GetConversations asks for the conversations of the user, in the order of their
// names.
//
//msgdef:type 0x0315 up reply=Conversations
type GetConversations struct {
	Req   uint64
	After [16]byte // the last one of the page before; zero at first
	Limit uint16   // most conversations wanted, 0 leaves it to the server
}

// Talk is a conversation as one of its members sees it.
//
//msgdef:struct
type Talk struct {
	Conv   [16]byte
	Head   uint64 // cseq of the newest durable message
	Read   uint64 // cseq up to which the user has read
	Unread uint64 // messages above Read that are no events
	Since  uint64 // cseq from which on the user may read
	Newest []byte `max:"12288" holds:"Message"` // the message at Head; empty when there is none

	State []byte `gen:"2" max:"3072" holds:"TalkState"` // what the user has set; empty when nothing
	Big   bool   `gen:"3"`                              // of a group whose messages have no place in inboxes, see Watch
}

// Conversations answers GetConversations, in one frame or several with the same
// Req.
//
//msgdef:type 0x0316 down
type Conversations struct {
	Req  uint64
	Last bool   // the last frame of this answer
	More bool   // there are more to ask for
	Head uint64 // useq that the list is not older than: what follows it in the inbox is news
	List []Talk `max:"128"`
}
