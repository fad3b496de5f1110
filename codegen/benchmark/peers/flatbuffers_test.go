package peers

import (
	"unsafe"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/sim-im/sim/codegen/benchmark/peers/flat"
)

// flatbuffersPeer reads fields where they lie; to compare, decoding takes every
// one of them into a struct. It does not check what it reads.
func flatbuffersPeer() peer {
	return peer{
		name: "flatbuffers",
		chat: func() (work, func() chat) {
			in, out, b := sample(), new(chat), flatbuffers.NewBuilder(1024)
			encode := func() []byte { b.Reset(); b.Finish(flatChat(b, &in)); return b.FinishedBytes() }
			encoded := append([]byte(nil), encode()...)
			return work{
				encode: encode,
				decode: func() error { out.copy(flat.GetRootAsChat(encoded, 0)); return nil },
				alias:  func() error { out.point(flat.GetRootAsChat(encoded, 0)); return nil },
			}, func() chat { return *out }
		},
		small: flatSmall,
		chats: flatChats,
	}
}

func flatSmall() (work, func() [3]int64) {
	out, b := new([3]int64), flatbuffers.NewBuilder(1024)
	encode := func() []byte {
		b.Reset()
		flat.SmallStart(b)
		flat.SmallAddA(b, 1)
		flat.SmallAddB(b, -2)
		flat.SmallAddC(b, 1<<40)
		b.Finish(flat.SmallEnd(b))
		return b.FinishedBytes()
	}
	encoded := append([]byte(nil), encode()...)
	read := func() error {
		m := flat.GetRootAsSmall(encoded, 0)
		*out = [3]int64{m.A(), m.B(), m.C()}
		return nil
	}
	return work{encode, read, read}, func() [3]int64 { return *out }
}

func flatChats() (work, func() []chat) {
	var in []chat
	for range listed {
		in = append(in, sample())
	}
	out, b := make([]chat, listed), flatbuffers.NewBuilder(listed*512)
	offsets := make([]flatbuffers.UOffsetT, listed)
	encode := func() []byte {
		b.Reset()
		for i := range in {
			offsets[i] = flatChat(b, &in[i])
		}
		flat.ChatsStartItemsVector(b, listed)
		for i := listed - 1; i >= 0; i-- {
			b.PrependUOffsetT(offsets[i])
		}
		items := b.EndVector(listed)
		flat.ChatsStart(b)
		flat.ChatsAddItems(b, items)
		b.Finish(flat.ChatsEnd(b))
		return b.FinishedBytes()
	}
	encoded := append([]byte(nil), encode()...)
	each := func(take func(*chat, *flat.Chat)) func() error {
		return func() error {
			root, item := flat.GetRootAsChats(encoded, 0), new(flat.Chat)
			for i := range root.ItemsLength() {
				root.Items(item, i)
				take(&out[i], item)
			}
			return nil
		}
	}
	return work{encode, each((*chat).copy), each((*chat).point)}, func() []chat { return out }
}

func flatChat(b *flatbuffers.Builder, c *chat) flatbuffers.UOffsetT {
	client, body := b.CreateString(c.Client), b.CreateByteVector(c.Body)
	flat.ChatStart(b)
	flat.ChatAddId(b, c.ID)
	flat.ChatAddConversation(b, c.Conversation)
	flat.ChatAddFrom(b, c.From)
	flat.ChatAddTo(b, c.To)
	flat.ChatAddKind(b, c.Kind)
	flat.ChatAddFlags(b, c.Flags)
	flat.ChatAddAt(b, c.At)
	flat.ChatAddClient(b, client)
	flat.ChatAddBody(b, body)
	return flat.ChatEnd(b)
}

func (c *chat) numbers(m *flat.Chat) {
	c.ID, c.Conversation, c.From, c.To = m.Id(), m.Conversation(), m.From(), m.To()
	c.Kind, c.Flags, c.At = m.Kind(), m.Flags(), m.At()
}

func (c *chat) copy(m *flat.Chat) {
	c.numbers(m)
	c.Client, c.Body = string(m.Client()), append(c.Body[:0:0], m.BodyBytes()...)
}

func (c *chat) point(m *flat.Chat) {
	c.numbers(m)
	client := m.Client()
	c.Client, c.Body = unsafe.String(unsafe.SliceData(client), len(client)), m.BodyBytes()
}
