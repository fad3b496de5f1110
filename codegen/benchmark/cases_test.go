package benchmark

import (
	"bytes"
	"testing"

	"github.com/sim-im/sim/msgdef/wire/wiretest"
)

// page is how many messages the list has.
const page = 50

func chat() Chat {
	return Chat{
		ID: 1234567890123, Conversation: 0x1122334455667788, From: 1001, To: 1002, Kind: 1, Flags: 3,
		At: 1767225600000, Client: "client-message-0000042", Body: bytes.Repeat([]byte("some text "), 20),
	}
}

func chats() Chats {
	var m Chats
	for range page {
		m.List = append(m.List, chat())
	}
	return m
}

// codec is one of the two codecs of a message.
type codec[T any] struct {
	encode        func(*T, []byte) []byte
	decode, alias func(*T, []byte) error
}

// pair has both codecs of a message, and a sample.
type pair[T any] struct {
	name            string
	sample          T
	generated, hand codec[T]
}

func chatPair() pair[Chat] {
	return pair[Chat]{
		"Chat", chat(),
		codec[Chat]{(*Chat).Append, (*Chat).Decode, (*Chat).DecodeAlias},
		codec[Chat]{handAppendChat, handDecodeChat, handAliasChat},
	}
}

func smallPair() pair[Small] {
	return pair[Small]{
		"Small", Small{1, -2, 1 << 40},
		codec[Small]{(*Small).Append, (*Small).Decode, (*Small).DecodeAlias},
		codec[Small]{handAppendSmall, handDecodeSmall, handAliasSmall},
	}
}

func chatsPair() pair[Chats] {
	return pair[Chats]{
		"Chats", chats(),
		codec[Chats]{(*Chats).Append, (*Chats).Decode, (*Chats).DecodeAlias},
		codec[Chats]{handAppendChats, handDecodeChats, handAliasChats},
	}
}

// measured is an operation on a message as both codecs do it.
type measured struct {
	name            string // "message=Chat/op=encode"
	bytes           int
	generated, hand func()
}

func cases() []measured {
	var all []measured
	all = append(all, chatPair().cases()...)
	all = append(all, smallPair().cases()...)
	return append(all, chatsPair().cases()...)
}

func (p pair[T]) cases() []measured {
	encoded := p.hand.encode(&p.sample, nil)
	buffer := make([]byte, 0, len(encoded))
	var out T
	encode := func(c codec[T]) func() {
		return func() { buffer = c.encode(&p.sample, buffer[:0]) }
	}
	decode := func(f func(*T, []byte) error) func() {
		return func() {
			if err := f(&out, encoded); err != nil {
				panic(err) // TestHand proves that it cannot be
			}
		}
	}
	list := []measured{
		{"encode", 0, encode(p.generated), encode(p.hand)},
		{"decode", 0, decode(p.generated.decode), decode(p.hand.decode)},
		{"alias", 0, decode(p.generated.alias), decode(p.hand.alias)},
	}
	for i := range list {
		list[i].name = "message=" + p.name + "/op=" + list[i].name
		list[i].bytes = len(encoded)
	}
	return list
}

// TestHand proves that both codecs of each message do the same.
func TestHand(t *testing.T) {
	agree[Chat](t, chatPair())
	agree[Small](t, smallPair())
	agree[Chats](t, chatsPair())
}

func agree[T any, P wiretest.Pointer[T]](t *testing.T, p pair[T]) {
	t.Helper()
	encoded := p.generated.encode(&p.sample, nil)
	if hand := p.hand.encode(&p.sample, nil); !bytes.Equal(hand, encoded) {
		t.Fatalf("%s by hand is %x, generated %x", p.name, hand, encoded)
	}
	t.Logf("%s: %d bytes", p.name, len(encoded))
	for _, decode := range []func(*T, []byte) error{p.hand.decode, p.hand.alias} {
		var out T
		if err := decode(&out, encoded); err != nil || !wiretest.Equal(P(&out), P(&p.sample)) {
			t.Fatalf("%s by hand is %+v, %v", p.name, out, err)
		}
		for cut := range encoded {
			if decode(&out, encoded[:cut]) == nil {
				t.Fatalf("%s cut to %d bytes is accepted by hand", p.name, cut)
			}
		}
	}
}
