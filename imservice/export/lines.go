package export

// Header is the first line.
type Header struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	UID     ID     `json:"uid"`
	Account string `json:"account"`
	At      Time   `json:"at"` // when the export was begun
}

// Account is the account.
type Account struct {
	UID     ID     `json:"uid"`
	Name    string `json:"name"`
	Created Time   `json:"created"`
	Issuer  string `json:"issuer,omitempty"` // who knows its password, if that is somebody outside; Name is then the issuer's prefix and the subject
	Banned  *Ban   `json:"banned,omitempty"`
}

// Ban is a ban that holds.
type Ban struct {
	Until  Time   `json:"until,omitempty"` // left out for one without end
	Reason string `json:"reason,omitempty"`
}

// Profile is how the user shows themself.
type Profile struct {
	Name    string `json:"name"`
	About   string `json:"about,omitempty"`
	Avatar  *Name  `json:"avatar,omitempty"` // media
	Hidden  bool   `json:"hidden,omitempty"`
	Changed Time   `json:"changed,omitempty"`
}

// Setting is something the user has set for all conversations: "invisible".
type Setting struct {
	Name  string `json:"name"`
	On    bool   `json:"on"`
	Since Time   `json:"since,omitempty"`
}

// Relation is what the user has with another.
type Relation struct {
	UID      ID     `json:"uid"`
	Name     string `json:"name,omitempty"`
	State    string `json:"state"` // none, asked (by the user), asking (the user), friends
	Since    Time   `json:"since,omitempty"`
	Greeting string `json:"greeting,omitempty"`
	Again    Time   `json:"again,omitempty"`   // before which the user may not ask again
	Blocked  Time   `json:"blocked,omitempty"` // since when the user blocks them
}

// Device is a device of the user.
type Device struct {
	Device ID   `json:"device"`
	Seen   Time `json:"seen"`
}

// PushDevice is a device that notifications reach.
type PushDevice struct {
	Device   ID     `json:"device"`
	Provider string `json:"provider"`
	Since    Time   `json:"since"`
}

// SignIn is a session.
type SignIn struct {
	Device   ID     `json:"device"`
	Platform uint8  `json:"platform"` // a number of the protocol
	Address  string `json:"address,omitempty"`
	Gate     string `json:"gate"`
	Began    Time   `json:"began"`
	Ended    Time   `json:"ended,omitempty"`
	End      string `json:"end"` // lasts, or how it ended
	Conn     uint64 `json:"connection"`
}

// Later is a message that waits to be sent.
type Later struct {
	Number       uint64   `json:"number"`
	Conversation Name     `json:"conversation"`
	At           Time     `json:"at"` // when it is to be sent
	Kind         string   `json:"kind"`
	Content      *Content `json:"content"`
	Beside
}

// Group is a group whose member the user is.
type Group struct {
	Conversation Name   `json:"conversation"`
	Name         string `json:"name"`
	Announcement string `json:"announcement,omitempty"`
	Avatar       string `json:"avatar,omitempty"`
	Owner        ID     `json:"owner"`
	Members      uint32 `json:"members"`
	Founded      Time   `json:"founded"`
	Role         string `json:"role"`  // member, admin, owner
	Since        uint64 `json:"since"` // number of the first message that the user may read
	Muted        Time   `json:"muted,omitempty"`
}

// Conversation is a conversation of the user, and what they have set for it.
type Conversation struct {
	Conversation Name   `json:"conversation"`
	Kind         string `json:"kind"` // pair, group
	With         *User  `json:"with,omitempty"`
	Head         uint64 `json:"head"` // number of the newest message
	Read         uint64 `json:"read"` // up to which the user has read
	Unread       uint64 `json:"unread"`
	Archived     bool   `json:"archived,omitempty"`
	Muted        Time   `json:"muted,omitempty"`
	Place        uint32 `json:"place,omitempty"` // where it is pinned
	Keep         uint16 `json:"keep,omitempty"`  // days after which messages of the pair are dropped
	MarkedUnread bool   `json:"marked_unread,omitempty"`
	Draft        string `json:"draft,omitempty"`
	DraftReply   uint64 `json:"draft_reply,omitempty"` // number of the message that the draft answers
}

// User is somebody else.
type User struct {
	UID  ID     `json:"uid"`
	Name string `json:"name,omitempty"`
}

// Message is a message, or an event of a conversation.
type Message struct {
	Conversation Name     `json:"conversation"`
	Number       uint64   `json:"number"`
	At           Time     `json:"at"`
	From         ID       `json:"from"`
	Name         string   `json:"name,omitempty"` // of the account From
	Kind         string   `json:"kind"`
	Content      *Content `json:"content,omitempty"`
	Beside
	Edited    bool       `json:"edited,omitempty"`
	Pinned    bool       `json:"pinned,omitempty"`
	Reactions []Reaction `json:"reactions,omitempty"`
}

// Beside is what stands beside a content.
type Beside struct {
	Reply    uint64 `json:"reply,omitempty"` // number of the message that is answered
	Mentions []ID   `json:"mentions,omitempty"`
	Lifetime uint32 `json:"lifetime,omitempty"` // seconds
}

// Reaction is how many have reacted alike.
type Reaction struct {
	Emoji string `json:"emoji"`
	Count uint32 `json:"count"`
}

// Footer is the last line.
type Footer struct {
	At     Time              `json:"at"` // when the export was complete
	Lines  uint64            `json:"lines"`
	Counts map[string]uint64 `json:"counts"`
	SHA256 string            `json:"sha256"`
}

func (*Header) kind() int       { return kindHeader }
func (*Account) kind() int      { return kindAccount }
func (*Profile) kind() int      { return kindProfile }
func (*Setting) kind() int      { return kindSetting }
func (*Relation) kind() int     { return kindRelation }
func (*Device) kind() int       { return kindDevice }
func (*PushDevice) kind() int   { return kindPushDevice }
func (*SignIn) kind() int       { return kindSignIn }
func (*Later) kind() int        { return kindLater }
func (*Group) kind() int        { return kindGroup }
func (*Conversation) kind() int { return kindConversation }
func (*Message) kind() int      { return kindMessage }
func (*Footer) kind() int       { return kindFooter }
