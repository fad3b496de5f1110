package vectors_test

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/vectors/difftest"
	"github.com/sim-im/sim/msgdef/vectors/layout"
	"github.com/sim-im/sim/msgdef/wire/wiretest"
)

type pair struct {
	A    uint64   `json:"a,string"`
	B    uint64   `json:"b,string"`
	Conv hexBytes `json:"conv"`
}

type fingerprints struct {
	Conv        hexBytes `json:"conv"`
	CSeq        uint64   `json:"cseq,string"`
	At          int64    `json:"at,string"`
	Fingerprint uint64   `json:"fingerprint,string"`
}

// TestMessages compares messages.json with what the codecs do, and proves that
// no struct of msgdef is missing.
func TestMessages(t *testing.T) {
	set := definitions(t, "../msgdef.lock", difftest.Messages())
	want := file{Messages: encodings(), Refused: append(refusals(), faults(set)...), Pairs: pairs(), Fingerprints: rows()}
	prove(t, difftest.Messages(), want)
	compare(t, "messages.json", want)
}

// encodings returns each message empty, full and with extreme numbers, what is
// worth a case of its own, and what a newer sender might write.
func encodings() (list []encoding) {
	steady := new(wiretest.Steady)
	for _, zero := range difftest.Messages() {
		full, least := wiretest.New(zero), wiretest.New(zero)
		wiretest.Fill(full, steady)
		smallest(least)
		list = append(list, encode(zero, "zero"), encode(full, "every field"), encode(least, "the smallest numbers"), newer(full))
	}
	list = append(list,
		encode(&msgdef.Send{Body: bytes.Repeat([]byte{0xab}, 127)}, "length of one byte"),
		encode(&msgdef.Send{Body: bytes.Repeat([]byte{0xab}, 128)}, "length of two bytes"),
		encode(&msgdef.Send{Counter: math.MaxUint64, Body: bytes.Repeat([]byte{0xab}, msgdef.MaxBody)}, "the greatest"),
		encode(&msgdef.Message{At: math.MinInt64, Kind: 200}, "the smallest integer, and an enum of a newer sender"),
		encode(&msgdef.Kicked{Code: 999, Detail: "größer als 1 €, 好 𝄞"}, "UTF-8 of one to four bytes"),
		newerUsers(),
	)
	for _, m := range []wiretest.Message{new(msgdef.Login), new(msgdef.LoginOK), new(msgdef.Error), new(msgdef.Pong), new(msgdef.Lookup), new(msgdef.Certificate)} {
		greatest(m)
		list = append(list, encode(m, "the greatest"))
	}
	return list
}

func encode(m wiretest.Message, why string) encoding {
	e := encoding{Type: difftest.Name(m), Why: why, Fields: fieldsOf(m), Hex: m.Append(nil)}
	if t, ok := m.(interface{ Type() msgdef.Type }); ok {
		e.ID = uint16(t.Type())
	}
	return e
}

// newer returns what a version that has more fields writes of m.
func newer(m wiretest.Message) encoding {
	e := encode(m, "fields of a later generation")
	e.Hex = append(e.Hex, 0xca, 0xfe)
	return onlyDecodes(e)
}

// onlyDecodes makes a claim about decoding of one about both ways.
func onlyDecodes(e encoding) encoding {
	e.Fields, e.Decodes = nil, e.Fields
	return e
}

func newerUsers() encoding {
	e := encode(&msgdef.Users{Req: 1, Users: []msgdef.User{{UID: 2, Name: "a"}, {UID: 3, Name: "b"}}}, "later fields in a nested struct")
	first := slices.Concat([]byte{12}, (&msgdef.User{UID: 2, Name: "a"}).Append(nil), []byte{0xca, 0xfe})
	e.Hex = slices.Concat(e.Hex[:9], first, e.Hex[len(e.Hex)-11:])
	return onlyDecodes(e)
}

// refusals returns bytes that are no message, written out by hand.
func refusals() (list []encoding) {
	refuse := func(of, why string, class layout.Class, parts ...any) {
		e := encoding{Type: of, Why: why, Error: class}
		for _, p := range parts {
			switch v := p.(type) {
			case int:
				e.Hex = append(e.Hex, make([]byte, v)...) // so many zero bytes
			case []byte:
				e.Hex = append(e.Hex, v...)
			}
		}
		list = append(list, e)
	}
	const send, page = 41, 33 // bytes before Send.Body and before MsgPage.Last
	refuse("Pong", "nothing at all", "short")
	refuse("Pong", "one byte too few", "short", 15)
	refuse("Send", "no length", "short", send)
	refuse("Send", "a length cut short", "short", send, []byte{0x80})
	refuse("Send", "fewer bytes than the length says", "short", send, []byte{2, 1})
	refuse("Send", "a length of more bytes than it needs", "malformed", send, []byte{0x80, 0x00})
	refuse("Send", "a length of six bytes", "malformed", send, []byte{0x80, 0x80, 0x80, 0x80, 0x80, 0x01})
	refuse("Send", "a length above 31 bits", "malformed", send, []byte{0xff, 0xff, 0xff, 0xff, 0x0f})
	refuse("Send", "a body above its limit", "limit", send, []byte{0x81, 0x40}, msgdef.MaxBody+1)
	refuse("Send", "a length above the limit without the bytes", "limit", send, []byte{0xff, 0xff, 0xff, 0xff, 0x07})
	refuse("MsgPage", "a bool of 2", "malformed", page, []byte{2, 0})
	refuse("MsgPage", "a count without elements", "short", page, []byte{1, 3})
	refuse("MsgPage", "a count above its limit", "limit", page, []byte{1, 0x81, 0x04}, 513*10)
	refuse("MsgPage", "an element that goes beyond the end", "short", page, []byte{1, 1, 11}, 10)
	refuse("MsgPage", "an element that is too short", "short", page, []byte{1, 1, 8}, 9)
	refuse("Kicked", "a string that is not UTF-8", "malformed", []byte{200, 0, 2, 0xc3, 0x28})
	refuse("Lookup", "a string in a list that is not UTF-8", "malformed", 8, []byte{1, 1, 0xff, 0})
	refuse("Lookup", "a string in a list above its limit", "limit", 8, []byte{1, 65}, []byte(strings.Repeat("x", 65)), 1)
	return list
}

func pairs() (list []pair) {
	for _, p := range [][2]uint64{{1, 2}, {2, 1}, {7, 7}, {0x0102030405060708, 0xf1f2f3f4f5f6f7f8}} {
		conv := msgdef.Pair(p[0], p[1])
		list = append(list, pair{p[0], p[1], conv[:]})
	}
	return list
}

func rows() (list []fingerprints) {
	for _, r := range []fingerprints{
		{CSeq: 0, At: 0}, {CSeq: 1, At: 1748779200000}, {CSeq: 0xf1f2f3f4f5f6f7f8, At: -1},
	} {
		conv := msgdef.Pair(1, r.CSeq+1)
		r.Conv, r.Fingerprint = conv[:], msgdef.Fingerprint(conv, r.CSeq, r.At)
		list = append(list, r)
	}
	return list
}
