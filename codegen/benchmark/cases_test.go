package benchmark

import "bytes"

// page is how many messages the list has.
const page = 50

func chat() Chat {
	return Chat{
		ID: 1234567890123, Conversation: 0x1122334455667788, From: 1001, To: 1002, Kind: 1, Flags: 3,
		At: 1767225600000, Client: "client-message-0000042", Body: bytes.Repeat([]byte("some text "), 20),
	}
}

func small() Small { return Small{1, -2, 1 << 40} }

func chats() Chats {
	var m Chats
	for range page {
		m.List = append(m.List, chat())
	}
	return m
}

// measured is an operation on a message as both codecs do it.
type measured struct {
	name            string
	bytes           int
	generated, hand func()
}

// cases are all operations on all messages. Each calls its codec directly, as a
// program does, so that what is small enough is inlined in both.
func cases() []measured {
	return append(append(chatCases(), smallCases()...), chatsCases()...)
}

func chatCases() []measured {
	m, encoded, buffer, out := chat(), handAppendChat(new(chat()), nil), make([]byte, 0, 512), Chat{}
	n := len(encoded)
	return []measured{
		{"message=Chat/op=encode", n, func() { buffer = m.Append(buffer[:0]) }, func() { buffer = handAppendChat(&m, buffer[:0]) }},
		{"message=Chat/op=decode", n, func() { must(out.Decode(encoded)) }, func() { must(handDecodeChat(&out, encoded)) }},
		{"message=Chat/op=alias", n, func() { must(out.DecodeAlias(encoded)) }, func() { must(handAliasChat(&out, encoded)) }},
	}
}

func smallCases() []measured {
	m, encoded, buffer, out := small(), handAppendSmall(new(small()), nil), make([]byte, 0, 512), Small{}
	n := len(encoded)
	return []measured{
		{"message=Small/op=encode", n, func() { buffer = m.Append(buffer[:0]) }, func() { buffer = handAppendSmall(&m, buffer[:0]) }},
		{"message=Small/op=decode", n, func() { must(out.Decode(encoded)) }, func() { must(handDecodeSmall(&out, encoded)) }},
		{"message=Small/op=alias", n, func() { must(out.DecodeAlias(encoded)) }, func() { must(handAliasSmall(&out, encoded)) }},
	}
}

func chatsCases() []measured {
	m, encoded, buffer, out := chats(), handAppendChats(new(chats()), nil), make([]byte, 0, 1<<14), Chats{}
	n := len(encoded)
	return []measured{
		{"message=Chats/op=encode", n, func() { buffer = m.Append(buffer[:0]) }, func() { buffer = handAppendChats(&m, buffer[:0]) }},
		{"message=Chats/op=decode", n, func() { must(out.Decode(encoded)) }, func() { must(handDecodeChats(&out, encoded)) }},
		{"message=Chats/op=alias", n, func() { must(out.DecodeAlias(encoded)) }, func() { must(handAliasChats(&out, encoded)) }},
	}
}

// must panics where TestHand proves that nothing can go wrong.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
