package peers

import "github.com/sim-im/sim/codegen/benchmark/peers/benc"

// bencPeer decodes by two definitions of the same bytes: one that copies, one
// that points into them.
func bencPeer() peer {
	return peer{name: "benc", chat: bencOne, small: bencSmall, chats: bencList}
}

func bencOne() (work, func() chat) {
	in, out, alias := bencChat(sample()), new(benc.Chat), new(benc.AliasChat)
	w := bencWork(&in)
	encoded := append([]byte(nil), w.encode()...)
	aliased := false
	w.decode = func() error { aliased = false; return out.Unmarshal(encoded) }
	w.alias = func() error { aliased = true; return alias.Unmarshal(encoded) }
	return w, func() chat {
		if aliased {
			return fromBenc((*benc.Chat)(alias))
		}
		return fromBenc(out)
	}
}

func bencSmall() (work, func() [3]int64) {
	out := new(benc.Small)
	w := bencWork(&benc.Small{A: 1, B: -2, C: 1 << 40})
	encoded := append([]byte(nil), w.encode()...)
	w.decode = func() error { return out.Unmarshal(encoded) }
	w.alias = w.decode // there is nothing to alias
	return w, func() [3]int64 { return [3]int64{out.A, out.B, out.C} }
}

func bencList() (work, func() []chat) {
	in, out, alias := new(benc.Chats), new(benc.Chats), new(benc.AliasChats)
	for range listed {
		in.Items = append(in.Items, bencChat(sample()))
	}
	aliased := false
	w := bencWork(in)
	encoded := append([]byte(nil), w.encode()...)
	w.decode = func() error { aliased = false; return out.Unmarshal(encoded) }
	w.alias = func() error { aliased = true; return alias.Unmarshal(encoded) }
	return w, func() (list []chat) {
		for i := range out.Items {
			m := &out.Items[i]
			if aliased {
				m = (*benc.Chat)(&alias.Items[i])
			}
			list = append(list, fromBenc(m))
		}
		return list
	}
}

func bencWork(in interface {
	Size() int
	Marshal(b []byte)
},
) work {
	buffer := make([]byte, 2*in.Size())
	return work{encode: func() []byte {
		b := buffer[:in.Size()]
		in.Marshal(b)
		return b
	}}
}

func bencChat(c chat) benc.Chat {
	return benc.Chat{
		Id: c.ID, Conversation: c.Conversation, From: c.From, To: c.To,
		Kind: c.Kind, Flags: c.Flags, At: c.At, Client: c.Client, Body: c.Body,
	}
}

func fromBenc(m *benc.Chat) chat {
	return chat{m.Id, m.Conversation, m.From, m.To, m.Kind, m.Flags, m.At, m.Client, m.Body}
}
