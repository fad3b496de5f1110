package vectors_test

import (
	"bytes"
	"encoding/hex"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/wire/wiretest"
)

// samples returns a zero value of every struct with a codec.
func samples() []wiretest.Message {
	return []wiretest.Message{
		new(msgdef.ClientHello), new(msgdef.ServerHello), new(msgdef.Certificate), new(msgdef.CertificateBody),
		new(msgdef.Refusal), new(msgdef.Login), new(msgdef.LoginOK), new(msgdef.Ping), new(msgdef.Pong),
		new(msgdef.KeyUpdate), new(msgdef.Error), new(msgdef.Kicked), new(msgdef.GoAway),
		new(msgdef.Message), new(msgdef.Send), new(msgdef.SendAck), new(msgdef.Notify), new(msgdef.Ack), new(msgdef.Head),
		new(msgdef.Read), new(msgdef.ReadOK), new(msgdef.ReadBy),
		new(msgdef.GetMsg), new(msgdef.Entry), new(msgdef.MsgPage), new(msgdef.GetConv), new(msgdef.ReadMark), new(msgdef.ConvPage),
		new(msgdef.Lookup), new(msgdef.User), new(msgdef.Users), new(msgdef.GetPresence), new(msgdef.Online), new(msgdef.Presence),
		new(msgdef.RegisterPush), new(msgdef.PushOK),
	}
}

// encodings returns each message empty and full, what is worth a case of its
// own, and what a newer sender might write.
func encodings() (list []encoding) {
	steady := new(wiretest.Steady)
	for _, zero := range samples() {
		list = append(list, encode(zero, "zero"))
		full := wiretest.New(zero)
		wiretest.Fill(full, steady)
		list = append(list, encode(full, "every field"))
	}
	list = append(list,
		encode(&msgdef.Send{Body: bytes.Repeat([]byte{0xab}, 127)}, "length of one byte"),
		encode(&msgdef.Send{Body: bytes.Repeat([]byte{0xab}, 128)}, "length of two bytes"),
		encode(&msgdef.Send{Counter: math.MaxUint64, Body: bytes.Repeat([]byte{0xab}, msgdef.MaxBody)}, "the greatest"),
		encode(&msgdef.Message{At: math.MinInt64, Kind: 200}, "the smallest integer, and an enum of a newer sender"),
		encode(&msgdef.Kicked{Code: 999, Detail: "größer als 1 €, 好 𝄞"}, "UTF-8 of one to four bytes"),
	)
	return append(list, newer()...)
}

func encode(m wiretest.Message, why string) encoding {
	e := encoding{Type: nameOf(m), Why: why, Fields: fieldsOf(m), Hex: m.Append(nil)}
	if t, ok := m.(interface{ Type() msgdef.Type }); ok {
		e.ID = uint16(t.Type())
	}
	return e
}

// newer returns what has more fields than are known today.
func newer() []encoding {
	pong := encode(&msgdef.Pong{Nonce: 1, Head: 2}, "fields of a later generation")
	pong.Hex = append(pong.Hex, 0xca, 0xfe)
	users := encode(&msgdef.Users{Req: 1, Users: []msgdef.User{{UID: 2, Name: "a"}, {UID: 3, Name: "b"}}}, "later fields in a nested struct")
	first := slices.Concat([]byte{12}, (&msgdef.User{UID: 2, Name: "a"}).Append(nil), []byte{0xca, 0xfe})
	users.Hex = slices.Concat(users.Hex[:9], first, users.Hex[len(users.Hex)-11:])
	list := []encoding{pong, users}
	for i := range list {
		list[i].Fields, list[i].Decodes = nil, list[i].Fields
	}
	return list
}

// refusals returns bytes that are no message.
func refusals() (list []encoding) {
	refuse := func(of, why, err string, parts ...any) {
		e := encoding{Type: of, Why: why, Error: err}
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

// fieldsOf returns the fields of a message for JSON: bytes in hexadecimal,
// integers of 64 bits as strings.
func fieldsOf(m any) map[string]any { return fields(reflect.ValueOf(m).Elem()) }

func fields(v reflect.Value) map[string]any {
	out := make(map[string]any)
	for i := range v.NumField() {
		out[v.Type().Field(i).Name] = value(v.Field(i))
	}
	return out
}

func value(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Bool:
		return v.Bool()
	case reflect.String:
		return v.String()
	case reflect.Int64:
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Uint64:
		return strconv.FormatUint(v.Uint(), 10)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return float64(v.Uint()) // what JSON makes of a number
	case reflect.Struct:
		return fields(v)
	}
	if v.Type().Elem().Kind() == reflect.Uint8 { // [N]byte or []byte
		b := make([]byte, v.Len())
		reflect.Copy(reflect.ValueOf(b), v)
		return hex.EncodeToString(b)
	}
	list := make([]any, v.Len())
	for i := range list {
		list[i] = value(v.Index(i))
	}
	return list
}

type hexBytes []byte

// MarshalText implements encoding.TextMarshaler.
func (h hexBytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h)), nil }
