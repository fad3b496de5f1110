package peers

import "github.com/sim-im/sim/codegen/benchmark/peers/mus"

func musPeer() peer {
	return peer{
		name: "mus",
		chat: func() (work, func() chat) {
			in, out := mus.Chat(sample()), new(mus.Chat)
			w := musWork(&in, out)
			encoded := append([]byte(nil), w.encode()...)
			w.alias = func() error { _, err := out.UnmarshalUnsafe(encoded); return err }
			return w, func() chat { return chat(*out) }
		},
		small: func() (work, func() [3]int64) {
			out := new(mus.Small)
			w := musWork(&mus.Small{A: 1, B: -2, C: 1 << 40}, out)
			w.alias = w.decode // there is nothing to alias
			return w, func() [3]int64 { return [3]int64{out.A, out.B, out.C} }
		},
		chats: func() (work, func() []chat) {
			in, out := new(mus.Chats), new(mus.Chats)
			for range listed {
				in.Items = append(in.Items, mus.Chat(sample()))
			}
			w := musWork(in, out)
			encoded := append([]byte(nil), w.encode()...)
			w.alias = func() error { _, err := out.UnmarshalUnsafe(encoded); return err }
			return w, func() (list []chat) {
				for i := range out.Items {
					list = append(list, chat(out.Items[i]))
				}
				return list
			}
		},
	}
}

type musMessage interface {
	Size() int
	Marshal(b []byte) int
	Unmarshal(b []byte) (int, error)
}

func musWork(in, out musMessage) work {
	encoded := make([]byte, in.Size())
	in.Marshal(encoded)
	buffer := make([]byte, 2*len(encoded))
	return work{
		encode: func() []byte { return buffer[:in.Marshal(buffer[:in.Size()])] },
		decode: func() error { _, err := out.Unmarshal(encoded); return err },
	}
}
