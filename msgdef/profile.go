package msgdef

// Profile is the body of a message of ContentProfile in a user's own stream: how
// they show themselves, in the place of what was before. Texts are in Unicode's
// normal form C, without control characters.
//
//msgdef:struct
type Profile struct {
	Name   string   `max:"256"`  // 1 to 64 code points; empty for the name of the account alone
	About  string   `max:"1120"` // at most 280 code points
	Avatar [16]byte // media of type image/ that the user has uploaded; zero for none
	Hidden bool     // FindPeople does not find the user
}

// UserProfile is how a user shows themself to others, and what a store keeps of it.
//
//msgdef:struct
type UserProfile struct {
	UID     uint64
	Account string `max:"64"` // the name they log in with
	Profile Profile
	Version uint64 // cseq in the user's stream of the message that set it; 0: none did
	Changed int64  // of that, Unix milliseconds
	Deleted bool   `gen:"2"` // the account was deleted: nothing is left of it but its name and what others have
}

// GetProfiles asks how users show themselves.
//
//msgdef:type 0x0340 up reply=Profiles
type GetProfiles struct {
	Req   uint64
	UIDs  []uint64 `max:"100"`
	Known []uint64 `max:"100"` // the versions that the client has, from 1, in the order of UIDs: those are not sent again; 0 for none, and may be shorter
}

// Profiles answers GetProfiles with those that exist and are not known, in one frame
// or several with the same Req. Avatars are read by GetMediaLinks, with the user's
// stream as MediaRef.Conv.
//
//msgdef:type 0x0341 down
type Profiles struct {
	Req  uint64
	Last bool          // the last frame of this answer
	List []UserProfile `max:"100"`
}

// FindPeople asks for users the name of whose account, or whose own name, begins so,
// without regard to case.
//
//msgdef:type 0x0342 up reply=FoundPeople
type FindPeople struct {
	Req    uint64
	Prefix string `max:"256"` // from 2 code points on
	Limit  uint16 // most that are wanted, 0 leaves it to the server
}

// FoundPeople answers FindPeople, in one frame or several with the same Req.
//
//msgdef:type 0x0343 down
type FoundPeople struct {
	Req  uint64
	Last bool          // the last frame of this answer
	List []UserProfile `max:"20"`
}
