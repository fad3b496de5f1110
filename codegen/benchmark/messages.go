package benchmark

// Chat is a message as a messenger sends most: numbers, an identifier of its
// client and a text.
//
//msgdef:type 0x8001 both
type Chat struct {
	ID           int64
	Conversation uint64
	From, To     int64
	Kind, Flags  uint8
	At           int64
	Client       string `max:"64"`
	Body         []byte `max:"4096"`
}

// Small is a message of numbers only.
//
//msgdef:type 0x8002 both
type Small struct {
	A, B, C int64
}

// Chats is a page of messages.
//
//msgdef:type 0x8003 down
type Chats struct {
	List []Chat `max:"100"`
}
