// Package msgp is what github.com/tinylib/msgp makes of the messages.
package msgp

//msgp:tuple Chat Small Chats

// Chat is a message of a conversation.
type Chat struct {
	ID           int64
	Conversation uint64
	From         int64
	To           int64
	Kind         uint8
	Flags        uint8
	At           int64
	Client       string
	Body         []byte
}

// Small has three numbers.
type Small struct {
	A, B, C int64
}

// Chats is a list.
type Chats struct {
	Items []Chat
}
