package msgdef

// ContentKind tells what a body holds; values above these are passed through.
type ContentKind uint8

// Kinds of content the SDKs know.
const (
	ContentText   ContentKind = 1 // UTF-8
	ContentCustom ContentKind = 2 // bytes of the application
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
}

// SendAck says the message is durable.
//
//msgdef:type 0x0102 down
type SendAck struct {
	Counter uint64
	CSeq    uint64
	USeq    uint64 // the sender's own
	At      int64  // Unix milliseconds
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
