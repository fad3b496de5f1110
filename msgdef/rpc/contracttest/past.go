package contracttest

import (
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// pins pins two messages and asks for them one by one. What is asked with and what
// comes back is spoilt each time.
func pins(t *testing.T, s serviceTest) {
	to := newSink()
	items := []rpc.Send{s.from(1, 1), s.from(1, 2), s.from(1, 3), s.from(1, 4)}
	for i := range uint64(2) {
		pin := msgdef.Pin{CSeq: i + 1}
		items[2+i].Kind, items[2+i].Body = msgdef.ContentPin, pin.Append(nil)
	}
	loopback.Poison(s.send(t, to, items...))
	for i, r := range to.await(t, len(items)) {
		if r.Code != msgdef.CodeOK {
			t.Fatalf("item %d: %+v", i, r)
		}
	}
	for range 2 {
		for _, before := range []uint64{0, 2} {
			query := &rpc.PinsQuery{UID: s.bob, Conv: s.pair(), Before: before, Limit: 1}
			page := must[rpc.PinsReply](t)(s.Pins(within(t), query))
			loopback.Poison(query)
			var m msgdef.Message
			if len(page.Messages) != 1 || m.Decode(page.Messages[0]) != nil || m.CSeq != 2-before/2 || page.More != (before == 0) {
				t.Errorf("pins before %d: %+v", before, page)
			}
			loopback.Poison(page)
		}
	}
	stranger := s.login(t, "carol")
	_, err := s.Pins(within(t), &rpc.PinsQuery{UID: stranger, Conv: s.pair()})
	refused(t, "pins, for a stranger", err, msgdef.CodeForbidden)
	_, err = s.Pins(within(t), &rpc.PinsQuery{UID: s.alice, Conv: msgdef.GroupConv(78)})
	refused(t, "pins of no group", err, msgdef.CodeUnknownConversation)
	_, err = s.Pins(cancelled(), &rpc.PinsQuery{UID: s.alice, Conv: s.pair()})
	refused(t, "Pins with a context that has ended", err, msgdef.CodeTimeout)
}

// search looks for a text, in one conversation and in all, one message at a time.
func search(t *testing.T, s serviceTest) {
	to := newSink()
	items := []rpc.Send{s.from(1, 1), s.from(1, 2), s.from(1, 3)}
	for i, text := range []string{"A Contract", "nothing", "contracts"} {
		items[i].Body = []byte(text)
	}
	loopback.Poison(s.send(t, to, items...))
	to.await(t, len(items))
	for _, conv := range []msgdef.Conversation{{}, s.pair()} {
		ask := rpc.MessageSearch{UID: s.bob, Text: "cONTRACT", Conv: conv, Limit: 1}
		var got []uint64
		for range 5 {
			query := ask
			page := must[rpc.FoundMessages](t)(s.FindMessages(within(t), &query))
			loopback.Poison(&query)
			for _, encoded := range page.Messages {
				var m msgdef.Message
				if err := m.Decode(encoded); err != nil {
					t.Fatal(err)
				}
				got = append(got, m.CSeq)
			}
			ask.At, ask.Before = page.At, page.Before
			more := page.More
			if loopback.Poison(page); !more {
				break
			}
		}
		if len(got) != 2 || got[0] != 3 || got[1] != 1 {
			t.Errorf("found %v in %x", got, conv)
		}
	}
	stranger := s.login(t, "carol")
	_, err := s.FindMessages(within(t), &rpc.MessageSearch{UID: stranger, Text: "contract", Conv: s.pair()})
	refused(t, "a search, for a stranger", err, msgdef.CodeForbidden)
	_, err = s.FindMessages(within(t), &rpc.MessageSearch{UID: s.alice, Text: "contract", Conv: msgdef.GroupConv(78)})
	refused(t, "a search in no group", err, msgdef.CodeUnknownConversation)
	_, err = s.FindMessages(within(t), &rpc.MessageSearch{UID: s.alice})
	refused(t, "a search for no text", err, msgdef.CodeBadArgument)
	_, err = s.FindMessages(cancelled(), &rpc.MessageSearch{UID: s.alice, Text: "x"})
	refused(t, "FindMessages with a context that has ended", err, msgdef.CodeTimeout)
	all := must[rpc.FoundMessages](t)(s.FindMessages(within(t), &rpc.MessageSearch{UID: stranger, Text: "contract"}))
	if len(all.Messages) > 0 || all.More {
		t.Errorf("a stranger found %+v", all)
	}
}
