package msgdef

// Lookup asks for users by name and by id.
//
//msgdef:type 0x0301 up reply=Users
type Lookup struct {
	Req   uint64
	Names []string `max:"100" elem:"64"`
	UIDs  []uint64 `max:"100"`
}

// User is what others may know of an account.
//
//msgdef:struct
type User struct {
	UID  uint64
	Name string `max:"64"`
}

// Users answers Lookup with those that exist.
//
//msgdef:type 0x0302 down
type Users struct {
	Req   uint64
	Users []User `max:"200"`
}

// GetPresence asks who of UIDs is online; an empty list asks for everyone,
// which a server may forbid, or how many members of a group are.
//
//msgdef:type 0x0303 up reply=Presence
type GetPresence struct {
	Req  uint64
	UIDs []uint64 `max:"500"`
	Via  [16]byte `gen:"2"` // a group of the user, without UIDs: Presence counts those of its members who are online
}

// Online is a user with at least one live session.
//
//msgdef:struct
type Online struct {
	UID     uint64
	Devices uint16
	Since   int64 // login of the oldest live session, Unix milliseconds
}

// Presence answers GetPresence; who is not listed is not online.
//
//msgdef:type 0x0304 down
type Presence struct {
	Req   uint64
	Total uint32   // users online, of those asked for or else of all; may be more than are listed
	Users []Online `max:"500"`

	Members uint32 `gen:"2"` // of the group that was asked about, whose members who are online Total counts; Users is empty then
	At      int64  `gen:"2"` // when they were counted, Unix milliseconds; 0 where no group was
}
