package msgdef

// FriendAct is what a FriendChange does.
type FriendAct uint8

// What two users become to each other.
const (
	FriendAsk      FriendAct = 1 // the sender asks to be friends; when the other one has asked already, they are
	FriendAccept   FriendAct = 2 // of what the other one has asked
	FriendDecline  FriendAct = 3
	FriendWithdraw FriendAct = 4 // of what the sender has asked
	FriendEnd      FriendAct = 5 // they are friends no more
)

// FriendChange is the body of a message of ContentFriend in a pair: it changes what
// the two are to each other, and both learn of it in its place of the conversation.
//
//	          FriendAsk (a)                 FriendAccept, FriendAsk (b)
//	nothing ───────────────▶ a has asked b ────────────────────────────▶ friends
//	   ▲ ▲                        │                                          │
//	   │ └─ FriendWithdraw (a), ──┘                                          │
//	   │    FriendDecline (b)                                                │
//	   └─────────────────────────── FriendEnd (a or b) ──────────────────────┘
//
// Whoever blocks the other ends it as FriendEnd, FriendDecline or FriendWithdraw
// does, with the message for it.
//
//msgdef:struct
type FriendChange struct {
	Act      FriendAct
	Greeting string `max:"800"` // of FriendAsk, at most 200 code points
}

// Block is the body of a message of ContentBlock in a user's own stream: the other
// one does not reach them any more, or does again. Nobody else is told.
//
//msgdef:struct
type Block struct {
	UID uint64
	Off bool
}

// RelationState is what a user and another are to each other.
type RelationState uint8

// What the FriendChanges of a pair have made of it, as one of the two sees it.
const (
	RelationNone    RelationState = 0
	RelationAsked   RelationState = 1 // the user has asked the other
	RelationAsking  RelationState = 2 // the other has asked the user
	RelationFriends RelationState = 3
)

// Relation is what a user has with another.
//
//msgdef:struct
type Relation struct {
	UID      uint64 // the other one
	State    RelationState
	CSeq     uint64 // in the pair, of the newest FriendChange: earlier ones are in here
	Since    int64  // Unix milliseconds, of that
	Greeting string `max:"800"` // of a request that is open
	Again    int64  // Unix milliseconds before which the user may not ask again; 0 for none
	Blocked  int64  // Unix milliseconds since when the user blocks the other; 0: they do not
	Changed  uint64 // cseq in the user's stream of the newest Block of the other: earlier ones are in here
}

// GetRelations asks for those whom the user is friends with, has asked, is asked
// by, or blocks, by ascending user id.
//
//msgdef:type 0x0344 up reply=Relations
type GetRelations struct {
	Req   uint64
	After uint64 // user id, exclusive: the Next of the page before; 0 at first
	Limit uint16 // most that are wanted, 0 leaves it to the server
}

// Relations answers GetRelations, in one frame or several with the same Req.
//
//msgdef:type 0x0345 down
type Relations struct {
	Req  uint64
	Last bool       // the last frame of this answer
	Next uint64     // there may be more after this user id; 0: there are not
	List []Relation `max:"500"`
}
