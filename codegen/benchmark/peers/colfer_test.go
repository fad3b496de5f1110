package peers

import "github.com/sim-im/sim/codegen/benchmark/peers/colfer"

func colferPeer() peer {
	return peer{
		name: "colfer",
		chat: func() (work, func() chat) {
			out := new(colfer.Chat)
			return colferWork(colferChat(sample()), out), func() chat { return fromColfer(out) }
		},
		small: func() (work, func() [3]int64) {
			out := new(colfer.Small)
			return colferWork(&colfer.Small{A: 1, B: -2, C: 1 << 40}, out), func() [3]int64 { return [3]int64{out.A, out.B, out.C} }
		},
		chats: func() (work, func() []chat) {
			in, out := new(colfer.Chats), new(colfer.Chats)
			for range listed {
				in.Items = append(in.Items, colferChat(sample()))
			}
			return colferWork(in, out), func() (list []chat) {
				for _, m := range out.Items {
					list = append(list, fromColfer(m))
				}
				return list
			}
		},
	}
}

type colferMessage interface {
	MarshalLen() (int, error)
	MarshalTo(b []byte) int
	Unmarshal(b []byte) (int, error)
}

func colferWork(in, out colferMessage) work {
	size, err := in.MarshalLen()
	if err != nil {
		panic(err)
	}
	encoded := make([]byte, size)
	in.MarshalTo(encoded)
	buffer := make([]byte, 2*size)
	return work{
		encode: func() []byte {
			n, _ := in.MarshalLen()
			return buffer[:in.MarshalTo(buffer[:n])]
		},
		decode: func() error { _, err := out.Unmarshal(encoded); return err },
	}
}

func colferChat(c chat) *colfer.Chat {
	return &colfer.Chat{
		Id: c.ID, Conversation: c.Conversation, From: c.From, To: c.To,
		Kind: c.Kind, Flags: c.Flags, At: c.At, Client: c.Client, Body: c.Body,
	}
}

func fromColfer(m *colfer.Chat) chat {
	return chat{m.Id, m.Conversation, m.From, m.To, m.Kind, m.Flags, m.At, m.Client, m.Body}
}
