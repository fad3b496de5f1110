package peers

import "github.com/sim-im/sim/codegen/benchmark"

func simPeer() peer {
	return peer{
		name: "sim",
		chat: func() (work, func() chat) {
			in, out := simChat(sample()), new(benchmark.Chat)
			return simWork(&in, out), func() chat { return fromSim(out) }
		},
		small: func() (work, func() [3]int64) {
			in, out := benchmark.Small{A: 1, B: -2, C: 1 << 40}, new(benchmark.Small)
			return simWork(&in, out), func() [3]int64 { return [3]int64{out.A, out.B, out.C} }
		},
		chats: func() (work, func() []chat) {
			var in benchmark.Chats
			for range listed {
				in.List = append(in.List, simChat(sample()))
			}
			out := new(benchmark.Chats)
			return simWork(&in, out), func() (list []chat) {
				for i := range out.List {
					list = append(list, fromSim(&out.List[i]))
				}
				return list
			}
		},
	}
}

// simMessage is what codegen emits.
type simMessage interface {
	Append(dst []byte) []byte
	Decode(b []byte) error
	DecodeAlias(b []byte) error
}

func simWork[M simMessage](in, out M) work {
	encoded := in.Append(nil)
	buffer := make([]byte, 0, 2*len(encoded))
	return work{
		encode: func() []byte { buffer = in.Append(buffer[:0]); return buffer },
		decode: func() error { return out.Decode(encoded) },
		alias:  func() error { return out.DecodeAlias(encoded) },
	}
}

func simChat(c chat) benchmark.Chat {
	return benchmark.Chat{
		ID: c.ID, Conversation: c.Conversation, From: c.From, To: c.To,
		Kind: c.Kind, Flags: c.Flags, At: c.At, Client: c.Client, Body: c.Body,
	}
}

func fromSim(m *benchmark.Chat) chat {
	return chat{m.ID, m.Conversation, m.From, m.To, m.Kind, m.Flags, m.At, m.Client, m.Body}
}
