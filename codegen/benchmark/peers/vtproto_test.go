package peers

import "github.com/sim-im/sim/codegen/benchmark/peers/vtpb"

func vtprotoPeer() peer {
	return peer{
		name: "vtprotobuf",
		chat: func() (work, func() chat) {
			out := new(vtpb.Chat)
			return vtprotoWork(vtChat(sample()), out, out.Reset), func() chat { return fromVT(out) }
		},
		small: func() (work, func() [3]int64) {
			out := new(vtpb.Small)
			return vtprotoWork(&vtpb.Small{A: 1, B: -2, C: 1 << 40}, out, out.Reset), func() [3]int64 { return [3]int64{out.A, out.B, out.C} }
		},
		chats: func() (work, func() []chat) {
			in, out := new(vtpb.Chats), new(vtpb.Chats)
			for range listed {
				in.Items = append(in.Items, vtChat(sample()))
			}
			return vtprotoWork(in, out, func() { out.Items = out.Items[:0] }), func() (list []chat) {
				for _, m := range out.Items {
					list = append(list, fromVT(m))
				}
				return list
			}
		},
	}
}

type vtMessage interface {
	SizeVT() int
	MarshalToSizedBufferVT(b []byte) (int, error)
	UnmarshalVT(b []byte) error
	UnmarshalVTUnsafe(b []byte) error
}

func vtprotoWork(in, out vtMessage, reset func()) work {
	encoded := make([]byte, in.SizeVT())
	if _, err := in.MarshalToSizedBufferVT(encoded); err != nil {
		panic(err)
	}
	buffer := make([]byte, 2*len(encoded))
	return work{
		encode: func() []byte {
			b := buffer[:in.SizeVT()]
			n, _ := in.MarshalToSizedBufferVT(b)
			return b[:n]
		},
		decode: func() error { reset(); return out.UnmarshalVT(encoded) },
		alias:  func() error { reset(); return out.UnmarshalVTUnsafe(encoded) },
	}
}

func vtChat(c chat) *vtpb.Chat {
	return &vtpb.Chat{
		Id: c.ID, Conversation: c.Conversation, From: c.From, To: c.To,
		Kind: uint32(c.Kind), Flags: uint32(c.Flags), At: c.At, Client: c.Client, Body: c.Body,
	}
}

func fromVT(m *vtpb.Chat) chat {
	return chat{m.Id, m.Conversation, m.From, m.To, uint8(m.Kind), uint8(m.Flags), m.At, m.Client, m.Body}
}
