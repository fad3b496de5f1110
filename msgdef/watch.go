package msgdef

// Watch has the messages of big groups come to this session from now on, as
// NotifyConv. Messages of a big group have no place in the inboxes of its members,
// however many they are: a device keeps a cursor for each such conversation, a
// cseq, and asks GetConv for what follows it.
//
// Only changes of a group that are about a user, or by which the group became big,
// are in the user's inbox too. MessageState.Big of these, and Talk.Big, tell which
// conversations to watch. A session watches at most 512.
//
//msgdef:type 0x0320 up reply=Watching
type Watch struct {
	Req   uint64
	Convs [][16]byte `max:"128"`
}

// Watched is a conversation that a session watches, or why it does not:
// CodeUnknownConversation when there is none, CodeForbidden when the user is no
// member, CodeBadArgument when it is no big group, CodeBusy when the session
// watches as many as it may.
//
//msgdef:struct
type Watched struct {
	Conv [16]byte
	Code ErrorCode
	Head uint64 // cseq of the newest durable message: all after it come as NotifyConv
}

// Watching answers Watch, in the order it asked.
//
//msgdef:type 0x0321 down
type Watching struct {
	Req  uint64
	List []Watched `max:"128"`
}

// Unwatch ends what Watch began.
//
//msgdef:type 0x0322 up
type Unwatch struct {
	Convs [][16]byte `max:"128"`
}

// NotifyConv brings a message of a big group that the session watches.
//
//msgdef:type 0x0323 down
type NotifyConv struct {
	Message []byte `max:"12288" holds:"Message"` // an encoded Message
}

// ConvHead stands for messages of a big group that were not delivered: pull from
// your cursor. With CodeForbidden or CodeUnknownConversation the session watches
// no more, because the user is no member any more, or there is no such group.
//
//msgdef:type 0x0324 down
type ConvHead struct {
	Conv [16]byte
	Code ErrorCode
	CSeq uint64 // of the newest durable message
}
