package msgdef

// ContentKind tells what a body holds; values above these are passed through.
type ContentKind uint8

// Kinds of content the SDKs know. Those of media hold a Media, a location a
// Location.
const (
	ContentText     ContentKind = 1 // UTF-8
	ContentCustom   ContentKind = 2 // bytes of the application
	ContentImage    ContentKind = 3
	ContentFile     ContentKind = 4
	ContentAudio    ContentKind = 5
	ContentVideo    ContentKind = 6
	ContentLocation ContentKind = 7
)

// FirstEvent is the lowest of the kinds that are events: the message service
// looks into their bodies and does what they say, or refuses them. An event has
// its place in the conversation like any message, and does not count as unread.
const FirstEvent = 64

// Kinds of events, with what their bodies hold.
const (
	ContentGroup     ContentKind = 64 // a GroupChange
	ContentEdit      ContentKind = 65 // an Edit
	ContentRecall    ContentKind = 66 // a Recall
	ContentReaction  ContentKind = 67 // a Reaction
	ContentPin       ContentKind = 68 // a Pin
	ContentLater     ContentKind = 72 // a Later; in the user's own stream, like those after it
	ContentLaterOff  ContentKind = 73 // a LaterOff
	ContentLaterDone ContentKind = 74 // a LaterDone, from the message service
	ContentKeep      ContentKind = 75 // a Keep; in a pair
	ContentSetting   ContentKind = 80 // a Setting; in the user's own stream
	ContentFriend    ContentKind = 81 // a FriendChange; in a pair
	ContentBlock     ContentKind = 82 // a Block; in the user's own stream
	ContentProfile   ContentKind = 83 // a Profile; in the user's own stream
)

// MaxBody is the greatest length of a message body in bytes. Larger content is
// media, and a message carries its address.
const MaxBody = 8192

// MaxStored is the greatest length of an encoded Message in bytes, with room
// for the fields of later generations.
const MaxStored = 12288

// Message is what the store keeps. The message service encodes it once; these
// bytes are the value in the store, in Notify, MsgPage and ConvPage.
//
//msgdef:struct
type Message struct {
	Conv    [16]byte
	CSeq    uint64 // gapless in the conversation, from 1
	From    uint64
	Device  uint64 // with Counter, the sender's client message id
	Counter uint64
	At      int64 // Unix milliseconds, never decreasing in a conversation
	Kind    ContentKind
	Body    []byte `max:"8192"`

	Count uint64 `gen:"2"`                                 // of the messages up to this one that are no events: the difference of two is what is unread between
	Extra []byte `gen:"2" max:"1024" holds:"Extra"`        // as it was sent, but for what a Keep makes of its Lifetime
	State []byte `gen:"2" max:"2048" holds:"MessageState"` // what events made of it; empty when none did
}

// Extra is what most messages do not have.
//
//msgdef:struct
type Extra struct {
	Reply    uint64   // cseq of the message that is answered; 0 for none
	Mentions []uint64 `max:"64"` // users who are addressed; 0 addresses all
	Lifetime uint32   // seconds after which nobody can read it any more; 0 for ever
}

// MessageState is what events have made of a message.
//
//msgdef:struct
type MessageState struct {
	Changed   uint64 // cseq of the newest Edit or Recall of it; 0 for none
	Recalled  bool   // its body is gone
	Pinned    bool
	Reactions []ReactionCount `max:"16"`

	Expired bool `gen:"2"` // its lifetime is over: its body is gone
	Hidden  bool `gen:"3"` // the user deleted it for themself: its body is not served to them
	Big     bool `gen:"4"` // of a GroupChange by or after which the group is big, see Watch
}

// ReactionCount is how many members have reacted alike.
//
//msgdef:struct
type ReactionCount struct {
	Emoji string `max:"32"`
	Count uint32
}

// Send asks to store a message. (Device of the session, Counter) names it: the
// same name with the same content again returns the same SendAck.
//
// A device's messages are stored in the order it sent them, also when one is
// refused with a 4xx code and sent again: what names it in After is refused
// along with it.
//
//msgdef:type 0x0101 up reply=SendAck
type Send struct {
	Counter uint64 // from 1, growing by at least 1 with each new message of the device
	After   uint64 // counter of the message sent before and not answered yet; 0 when there is none
	Conv    [16]byte
	Ack     uint64 // what Ack would say; 0 says nothing
	Kind    ContentKind
	Body    []byte `max:"8192"`
	Extra   []byte `gen:"2" max:"1024" holds:"Extra"` // an encoded Extra; empty means none
}

// SendAck says the message is durable.
//
//msgdef:type 0x0102 down
type SendAck struct {
	Counter uint64
	CSeq    uint64
	USeq    uint64 // the sender's own; 0 when the sender's inbox has no such row
	At      int64  // Unix milliseconds

	Lifetime uint32 `gen:"2"` // that the message has in the place of what was sent, as a Keep of its pair has it; 0: as it was sent
}

// Notify brings a message to a device of a member.
//
//msgdef:type 0x0103 down
type Notify struct {
	USeq    uint64 // the receiver's
	Message []byte `max:"12288" holds:"Message"` // an encoded Message
}

// Ack says the device has everything up to USeq.
//
//msgdef:type 0x0104 up
type Ack struct {
	USeq uint64
}

// Head stands for notifies that were dropped because the connection was slow:
// pull from your cursor.
//
//msgdef:type 0x0105 down
type Head struct {
	USeq uint64
}
