package peers

import "github.com/sim-im/sim/codegen/benchmark/peers/bebop"

func bebopPeer() peer {
	return peer{
		name: "bebop",
		chat: func() (work, func() chat) {
			in, out := bebopChat(sample()), new(bebop.Chat)
			return bebopWork(&in, out), func() chat { return fromBebop(out) }
		},
		small: func() (work, func() [3]int64) {
			out := new(bebop.Small)
			return bebopWork(&bebop.Small{A: 1, B: -2, C: 1 << 40}, out), func() [3]int64 { return [3]int64{out.A, out.B, out.C} }
		},
		chats: func() (work, func() []chat) {
			in, out := new(bebop.Chats), new(bebop.Chats)
			for range listed {
				in.Items = append(in.Items, bebopChat(sample()))
			}
			return bebopWork(in, out), func() (list []chat) {
				for i := range out.Items {
					list = append(list, fromBebop(&out.Items[i]))
				}
				return list
			}
		},
	}
}

type bebopMessage interface {
	Size() int
	MarshalBebopTo(b []byte) int
	UnmarshalBebop(b []byte) error
}

func bebopWork(in, out bebopMessage) work {
	encoded := make([]byte, in.Size())
	in.MarshalBebopTo(encoded)
	buffer := make([]byte, 2*len(encoded))
	return work{
		encode: func() []byte { return buffer[:in.MarshalBebopTo(buffer[:in.Size()])] },
		decode: func() error { return out.UnmarshalBebop(encoded) },
	}
}

func bebopChat(c chat) bebop.Chat {
	return bebop.Chat{
		Id: c.ID, Conversation: c.Conversation, From: c.From, To: c.To,
		Kind: c.Kind, Marks: c.Flags, At: c.At, Client: c.Client, Body: c.Body,
	}
}

func fromBebop(m *bebop.Chat) chat {
	return chat{m.Id, m.Conversation, m.From, m.To, m.Kind, m.Marks, m.At, m.Client, m.Body}
}
