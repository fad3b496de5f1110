package peers

import (
	"github.com/sim-im/sim/codegen/benchmark/peers/pb"
	"google.golang.org/protobuf/proto"
)

func protobufPeer() peer {
	return peer{
		name: "protobuf",
		chat: func() (work, func() chat) {
			out := new(pb.Chat)
			return protobufWork(pbChat(sample()), out), func() chat { return fromPB(out) }
		},
		small: func() (work, func() [3]int64) {
			out := new(pb.Small)
			return protobufWork(&pb.Small{A: 1, B: -2, C: 1 << 40}, out), func() [3]int64 { return [3]int64{out.A, out.B, out.C} }
		},
		chats: func() (work, func() []chat) {
			in, out := new(pb.Chats), new(pb.Chats)
			for range listed {
				in.Items = append(in.Items, pbChat(sample()))
			}
			return protobufWork(in, out), func() (list []chat) {
				for _, m := range out.Items {
					list = append(list, fromPB(m))
				}
				return list
			}
		},
	}
}

func protobufWork(in, out proto.Message) work {
	encoded, err := proto.Marshal(in)
	if err != nil {
		panic(err)
	}
	buffer := make([]byte, 0, 2*len(encoded))
	return work{
		encode: func() []byte { buffer, _ = proto.MarshalOptions{}.MarshalAppend(buffer[:0], in); return buffer },
		decode: func() error { return proto.Unmarshal(encoded, out) },
	}
}

func pbChat(c chat) *pb.Chat {
	return &pb.Chat{
		Id: c.ID, Conversation: c.Conversation, From: c.From, To: c.To,
		Kind: uint32(c.Kind), Flags: uint32(c.Flags), At: c.At, Client: c.Client, Body: c.Body,
	}
}

func fromPB(m *pb.Chat) chat {
	return chat{m.Id, m.Conversation, m.From, m.To, uint8(m.Kind), uint8(m.Flags), m.At, m.Client, m.Body}
}
