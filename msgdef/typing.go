package msgdef

// Typing says that the user is writing in a conversation, or is no more. Nobody
// keeps it and nothing answers it. While the user goes on, the SDK repeats it every
// 3 s.
//
//msgdef:type 0x0120 up
type Typing struct {
	Conv [16]byte
	Off  bool
}

// TypingBy tells that a member of the conversation is writing, or is no more. It may
// be lost, and holds for 6 s.
//
//msgdef:type 0x0121 down
type TypingBy struct {
	Conv [16]byte
	UID  uint64
	Off  bool
}
