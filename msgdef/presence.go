package msgdef

// PresenceState is whether a user is online, as another may know it.
//
//msgdef:struct
type PresenceState struct {
	UID       uint64
	Code      ErrorCode // CodeForbidden: it is not for the asker to know, and nothing more comes
	Online    bool
	Devices   uint16 // that are online
	Platforms uint16 // of those: the bit 1 << Platform of each that is below 16; 0 where that is not known
	Since     int64  // login of the oldest live session, Unix milliseconds; 0 when offline
	Seen      int64  // when an offline user was online last, Unix milliseconds; 0 when that is not known
}

// WatchPresence asks whether users are online, and to hear of each change until
// UnwatchPresence or the end of the session. One's own presence, that of everybody
// with whom one has a conversation, and that of members of a group of one's own may be
// watched.
//
//msgdef:type 0x0352 up reply=WatchingPresence
type WatchPresence struct {
	Req  uint64
	Via  [16]byte // a group of the user and of UIDs; zero for those whom the user has a conversation with
	UIDs []uint64 `max:"500"` // empty with Via: a window of the members of that group, by ascending user id

	After  uint64 `gen:"2"` // the window begins with the first member above this user id
	Limit  uint16 `gen:"2"` // most members in the window, at most 500; 0 means 500
	Window bool   `gen:"2"` // whom an earlier window of the group had, and this one has not, is watched no more
}

// WatchingPresence answers WatchPresence, in one frame or several with the same Req.
//
//msgdef:type 0x0353 down
type WatchingPresence struct {
	Req  uint64
	Last bool            // the last frame of this answer
	List []PresenceState `max:"500"`
	More bool            `gen:"2"` // of a window: members follow the last one, with whose user id as After the next window begins
}

// UnwatchPresence ends what WatchPresence began. Nothing answers it.
//
//msgdef:type 0x0354 up
type UnwatchPresence struct {
	UIDs []uint64 `max:"500"` // empty: of everybody
}

// PresenceChanged says what has become of users whose presence is watched. What
// happens in a moment comes together; that somebody went offline comes some seconds
// later, if it is still so.
//
//msgdef:type 0x0355 down
type PresenceChanged struct {
	List []PresenceState `max:"500"`
}
