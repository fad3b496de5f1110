package peers

import "github.com/sim-im/sim/codegen/benchmark/peers/msgp"

func msgpPeer() peer {
	return peer{
		name: "msgp",
		chat: func() (work, func() chat) {
			in, out := msgp.Chat(sample()), new(msgp.Chat)
			return msgpWork(&in, out), func() chat { return chat(*out) }
		},
		small: func() (work, func() [3]int64) {
			out := new(msgp.Small)
			return msgpWork(&msgp.Small{A: 1, B: -2, C: 1 << 40}, out), func() [3]int64 { return [3]int64{out.A, out.B, out.C} }
		},
		chats: func() (work, func() []chat) {
			in, out := new(msgp.Chats), new(msgp.Chats)
			for range listed {
				in.Items = append(in.Items, msgp.Chat(sample()))
			}
			return msgpWork(in, out), func() (list []chat) {
				for i := range out.Items {
					list = append(list, chat(out.Items[i]))
				}
				return list
			}
		},
	}
}

type msgpMessage interface {
	MarshalMsg(b []byte) ([]byte, error)
	UnmarshalMsg(b []byte) ([]byte, error)
}

func msgpWork(in, out msgpMessage) work {
	encoded, err := in.MarshalMsg(nil)
	if err != nil {
		panic(err)
	}
	buffer := make([]byte, 0, 2*len(encoded))
	return work{
		encode: func() []byte { buffer, _ = in.MarshalMsg(buffer[:0]); return buffer },
		decode: func() error { _, err := out.UnmarshalMsg(encoded); return err },
	}
}
