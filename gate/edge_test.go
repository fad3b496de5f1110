package gate

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/codec"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/wire/wiretest"
)

// spoken collects pages as a client that speaks JSON gets them.
type spoken struct {
	t     *testing.T
	pages []frame.Frame // in binary again
}

// page is a pager. Every frame must fit as it is.
func (s *spoken) page(m frame.Message) error {
	s.t.Helper()
	json, _ := codec.For(codec.JSON)
	text, err := codec.AppendFrames(nil, json, frame.Append(nil, m), func(f frame.Frame, err error) frame.Message {
		s.t.Fatalf("%v of %d bytes: %v", f.Type, len(f.Body), err)
		return nil
	})
	if err != nil || len(text) > frame.MaxSize {
		s.t.Fatalf("%v: %d bytes, %v", m.Type(), len(text), err)
	}
	body, err := json.ToBinary(nil, m.Type(), text[frame.HeaderSize:])
	if err != nil {
		s.t.Fatalf("%v: %v", m.Type(), err)
	}
	s.pages = append(s.pages, frame.Frame{Type: m.Type(), Body: body})
	return nil
}

func inJSON() *conn {
	c := &conn{gate: &Server{}}
	c.speak(codec.JSON)
	return c
}

// TestPagesFitInJSON cuts answers of messages of every size, and wants each
// frame to fit and nothing to be lost.
func TestPagesFitInJSON(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 60 {
		var page rpc.Page
		var conv rpc.ConvPage
		for i := range rng.IntN(80) {
			size := rng.IntN(msgdef.MaxBody + 1)
			if round%3 == 0 {
				size = rng.IntN(64)
			}
			m := msgdef.Message{CSeq: rng.Uint64(), At: -rng.Int64(), From: rng.Uint64(), Body: bytes.Repeat([]byte{byte(i)}, size)}
			page.Entries = append(page.Entries, msgdef.Entry{USeq: rng.Uint64(), Message: m.Append(nil)})
			conv.Messages = append(conv.Messages, m.Append(nil))
		}
		for range rng.IntN(257) {
			conv.Reads = append(conv.Reads, msgdef.ReadMark{UID: 1<<64 - 1, CSeq: 1<<64 - 1})
		}
		entries, messages, reads := paged(t, &page, &conv)
		if !wiretest.Equal(&msgdef.MsgPage{Entries: entries}, &msgdef.MsgPage{Entries: page.Entries}) {
			t.Fatalf("round %d: %d entries came of %d", round, len(entries), len(page.Entries))
		}
		if len(reads) != len(conv.Reads) || !slices.EqualFunc(messages, conv.Messages, bytes.Equal) {
			t.Fatalf("round %d: %d messages and %d marks of %d and %d", round, len(messages), len(reads), len(conv.Messages), len(conv.Reads))
		}
	}
}

// paged sends both answers and puts them together again.
func paged(t *testing.T, page *rpc.Page, conv *rpc.ConvPage) (entries []msgdef.Entry, messages [][]byte, reads []msgdef.ReadMark) {
	t.Helper()
	c, s := inJSON(), &spoken{t: t}
	if err := c.sendPage(s.page, 1<<64-1, page); err != nil {
		t.Fatal(err)
	}
	if err := c.sendConvPage(s.page, 1<<64-1, [16]byte{1}, conv); err != nil {
		t.Fatal(err)
	}
	for _, f := range s.pages {
		if f.Type == msgdef.TypeMsgPage {
			var m msgdef.MsgPage
			if err := m.Decode(f.Body); err != nil {
				t.Fatal(err)
			}
			entries = append(entries, m.Entries...)
			continue
		}
		var m msgdef.ConvPage
		if err := m.Decode(f.Body); err != nil {
			t.Fatal(err)
		}
		messages, reads = append(messages, m.Messages...), append(reads, m.Reads...)
	}
	return entries, messages, reads
}

// longest is a Source of the longest JSON: numbers of most digits, characters
// that have to be escaped, and as many of everything as there may be.
type longest struct{ wiretest.Steady }

func (*longest) Uint64() uint64         { return 1<<64 - 1 }
func (*longest) Count(_, limit int) int { return limit }
func (*longest) Blob(limit int) []byte  { return bytes.Repeat([]byte{0xff}, limit) }
func (*longest) Text(limit int) string  { return strings.Repeat("\x01", limit) }

// TestEveryFrameFitsInJSON measures the longest message of every type that a
// gate sends. What does not fit is cut or refused before, or is a Notify with
// what is no Message, for which a typed error stands in.
func TestEveryFrameFitsInJSON(t *testing.T) {
	cut := map[msgdef.Type]bool{
		msgdef.TypeMsgPage: true, msgdef.TypeConvPage: true, msgdef.TypeUsers: true, msgdef.TypePresence: true, msgdef.TypeNotify: true,
	}
	r := ruler{edge: inJSON().edge()}
	for _, m := range []sized{
		new(msgdef.LoginOK), new(msgdef.Pong), new(msgdef.Error), new(msgdef.Kicked), new(msgdef.GoAway),
		new(msgdef.SendAck), new(msgdef.Notify), new(msgdef.Head), new(msgdef.ReadOK), new(msgdef.ReadBy),
		new(msgdef.MsgPage), new(msgdef.ConvPage), new(msgdef.Users), new(msgdef.Presence), new(msgdef.PushOK), new(msgdef.PasswordOK),
	} {
		wiretest.Fill(m, &longest{})
		if n := r.size(m); (n > frame.MaxBody) != cut[m.Type()] {
			t.Errorf("%v takes %d bytes", m.Type(), n)
		}
	}
	message := msgdef.Message{At: -1 << 63}
	wiretest.Fill(&message, &longest{})
	if n := r.size(&msgdef.Notify{USeq: 1<<64 - 1, Message: message.Append(nil)}); n > frame.MaxBody {
		t.Errorf("the notify of the largest message takes %d bytes", n)
	}
	for _, m := range []sized{ // that a client sends, and cannot cut
		new(msgdef.Send), new(msgdef.Ack), new(msgdef.Ping), new(msgdef.Read), new(msgdef.GetMsg), new(msgdef.GetConv),
		new(msgdef.RegisterPush), new(msgdef.ChangePassword), new(msgdef.DeleteAccount),
	} {
		if wiretest.Fill(m, &longest{}); r.size(m) > frame.MaxBody {
			t.Errorf("%v takes %d bytes", m.Type(), r.size(m))
		}
	}
	login := &msgdef.Login{}
	wiretest.Fill(login, &longest{})
	if n := r.size(login) + frame.HeaderSize; n > 4096 {
		t.Errorf("a login takes %d bytes, more than a record before the session keys", n)
	}
}

// TestAnswersTooLongInJSON are refused with a word of what to do, or cut when
// the answer says that it is.
func TestAnswersTooLongInJSON(t *testing.T) {
	c := inJSON()
	var users msgdef.Users
	for range 200 {
		users.Users = append(users.Users, msgdef.User{UID: 1 << 63, Name: strings.Repeat("n", 60)})
	}
	var r *refusal
	if err := c.replyFitting(msgdef.TypeLookup, 7, &users); !asRefusal(err, &r) || r.code != msgdef.CodeBadArgument || r.req != 7 {
		t.Errorf("users: %v", err)
	}
	p := msgdef.Presence{Total: 900}
	for i := range uint64(500) {
		p.Users = append(p.Users, msgdef.Online{UID: 1<<64 - 1 - i, Devices: 64, Since: 1748779200000})
	}
	if err := c.presenceFitting(7, &p); err != nil || len(p.Users) < 100 || len(p.Users) == 500 {
		t.Errorf("presence: %v, %d listed", err, len(p.Users))
	}
	if f, _, err := frame.Next(c.out.replies.b); err != nil || f.Type != msgdef.TypePresence {
		t.Errorf("presence: %v, %v", f.Type, err)
	}
}

func asRefusal(err error, r **refusal) bool {
	var ok bool
	*r, ok = err.(*refusal)
	return ok
}

// TestMisfits stand in for what a route should not have sent.
func TestMisfits(t *testing.T) {
	c := inJSON()
	garbage := bytes.Repeat([]byte{0xff}, msgdef.MaxStored)
	in := &buffer{frame.AppendNotify(nil, 1, garbage)}
	in.b = frame.AppendRaw(in.b, msgdef.TypePong, []byte("short"))
	in.b = frame.AppendRaw(in.b, 0x7fff, []byte("of a newer route"))
	in.b = frame.AppendRaw(in.b, 0x8001, []byte(`{"of":"an application"}`))
	out, err := c.outward(in)
	if err != nil {
		t.Fatal(err)
	}
	for _, of := range []msgdef.Type{msgdef.TypeNotify, msgdef.TypePong, 0x7fff} {
		f, rest, err := frame.Next(out.b)
		var e msgdef.Error
		if err != nil || f.Type != msgdef.TypeError || e.DecodeJSON(f.Body) != nil || msgdef.Type(e.Of) != of || e.Code != msgdef.CodeUnavailable {
			t.Errorf("instead of %v: %v %s, %v", of, f.Type, f.Body, err)
		}
		out.b = rest
	}
	if f, _, err := frame.Next(out.b); err != nil || f.Type != 0x8001 || string(f.Body) != `{"of":"an application"}` {
		t.Errorf("of an application: %v %s, %v", f.Type, f.Body, err)
	}
	if n := c.gate.Stats().Drops[DropBad]; n != 3 {
		t.Errorf("%d drops counted", n)
	}
}
