package gate_test

import (
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/codec"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/secure"
)

// jsonClient is a client whose bodies are JSON.
type jsonClient struct{ *client }

// inJSON does the handshake for JSON.
func (w *world) inJSON() jsonClient {
	w.t.Helper()
	c := w.dial()
	h, err := secure.NewClientHandshake(secure.ClientConfig{
		Suite: secure.ClassicalAESGCM, Codec: codec.JSON, Roots: w.roots, Now: time.Now,
	})
	must(w.t, err)
	c.write(h.Hello())
	c.secure, err = h.Reply(c.packet(secure.ReplySize))
	must(w.t, err)
	return jsonClient{c}
}

// loginInJSON logs in. What enters the keys are the bytes on the wire.
func (w *world) loginInJSON(name string, device uint64) jsonClient {
	w.t.Helper()
	c := w.inJSON()
	m := loginOf(name, device)
	m.Versions, m.Suites = c.secure.Offered()
	m.Suites = []byte{byte(secure.ClassicalAESGCM)}
	login := m.AppendJSON(nil)
	c.sendText(msgdef.TypeLogin, string(login))
	f, err := c.next()
	must(w.t, err)
	if f.Type != msgdef.TypeLoginOK {
		w.t.Fatalf("%v %s in answer to Login", f.Type, f.Body)
	}
	must(w.t, c.welcome.DecodeJSON(f.Body))
	must(w.t, c.secure.Bind(c.welcome.Session, login, f.Body))
	return c
}

// sendText sends a body as it is.
func (c jsonClient) sendText(t msgdef.Type, text string) {
	c.t.Helper()
	c.write(c.sealRaw(frame.AppendRaw(nil, t, []byte(text))))
}

// expectText receives a message in JSON.
func (c jsonClient) expectText(into interface {
	Type() msgdef.Type
	DecodeJSON(text []byte) error
}) {
	c.t.Helper()
	f, err := c.next()
	if err != nil || f.Type != into.Type() {
		c.t.Fatalf("%v %s, %v instead of %v", f.Type, f.Body, err, into.Type())
	}
	must(c.t, into.DecodeJSON(f.Body))
}

// refused receives an Error in JSON.
func (c jsonClient) refused(of msgdef.Type, req uint64, code msgdef.ErrorCode) {
	c.t.Helper()
	var m msgdef.Error
	c.expectText(&m)
	if msgdef.Type(m.Of) != of || m.Code != code || m.Req != req {
		c.t.Errorf("error %+v, want %v of %v, %d", m, code, of, req)
	}
}

// TestJSONSession does what a session does, beside one in binary.
func TestJSONSession(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.loginInJSON("alice", 1), w.login("bob", 1)
	alice.write(alice.sealRaw(sendOf(alice.to(bob.welcome.UID, 1, "one\n"), alice.to(bob.welcome.UID, 2, "two"))))
	for counter := range uint64(2) {
		var ack msgdef.SendAck
		alice.expectText(&ack)
		if ack.Counter != counter+1 {
			t.Errorf("acknowledged %d, want %d", ack.Counter, counter+1)
		}
	}
	for _, want := range []string{"one\n", "two"} {
		var n msgdef.Notify
		bob.expect(&n)
		var m msgdef.Message
		must(t, m.Decode(n.Message))
		if string(m.Body) != want {
			t.Errorf("bob got %q, want %q", m.Body, want)
		}
	}
	bob.send(bob.to(alice.welcome.UID, 1, "back"))
	var n msgdef.Notify
	alice.expectText(&n)
	var m msgdef.Message
	if err := m.Decode(n.Message); err != nil || string(m.Body) != "back" {
		t.Errorf("alice got %q, %v", m.Body, err)
	}
}

// sendOf is frames of sends in JSON.
func sendOf(messages ...*msgdef.Send) (frames []byte) {
	for _, m := range messages {
		frames = frame.AppendRaw(frames, m.Type(), m.AppendJSON(nil))
	}
	return frames
}

// TestJSONRefused answers bodies that are none of their types like those in
// binary: the connection ends, except for what a correct client may get wrong.
func TestJSONRefused(t *testing.T) {
	long := strings.Repeat("A", (msgdef.MaxBody/3+1)*4)
	for name, c := range map[string]struct {
		of     msgdef.Type
		text   string
		req    uint64
		code   msgdef.ErrorCode
		reason gate.Reason // ReasonNone: the session goes on
	}{
		"no JSON":           {msgdef.TypeSend, `{"counter":"1"`, 0, msgdef.CodeMalformed, gate.ReasonMalformed},
		"empty":             {msgdef.TypePing, ``, 0, msgdef.CodeMalformed, gate.ReasonMalformed},
		"binary":            {msgdef.TypePing, "\x01\x00\x00\x00\x00\x00\x00\x00", 0, msgdef.CodeMalformed, gate.ReasonMalformed},
		"a number of 64":    {msgdef.TypePing, `{"nonce":1}`, 0, msgdef.CodeMalformed, gate.ReasonMalformed},
		"null":              {msgdef.TypeSend, `{"counter":null}`, 0, msgdef.CodeMalformed, gate.ReasonMalformed},
		"twice":             {msgdef.TypePing, `{"nonce":"1","nonce":"2"}`, 0, msgdef.CodeMalformed, gate.ReasonMalformed},
		"deep":              {msgdef.TypePing, `{"x":` + strings.Repeat("[", 8000), 0, msgdef.CodeMalformed, gate.ReasonMalformed},
		"a deep send":       {msgdef.TypeSend, `{"counter":"5","x":` + strings.Repeat("[", 8000), 0, msgdef.CodeMalformed, gate.ReasonMalformed},
		"behind it":         {msgdef.TypePing, `{}{}`, 0, msgdef.CodeMalformed, gate.ReasonMalformed},
		"too many":          {msgdef.TypeLookup, `{"uids":[` + strings.Repeat(`"1",`, 200) + `"1"]}`, 0, msgdef.CodeMalformed, gate.ReasonMalformed},
		"a type of gates":   {msgdef.TypePong, `{}`, 0, msgdef.CodeUnexpected, gate.ReasonUnexpected},
		"a second login":    {msgdef.TypeLogin, `{}`, 0, msgdef.CodeUnexpected, gate.ReasonUnexpected},
		"a type of nobody":  {0x7001, `{"any":"thing"}`, 0, msgdef.CodeUnknownType, gate.ReasonNone},
		"body, counter":     {msgdef.TypeSend, `{"body":"` + long + `","counter":"77"}`, 77, msgdef.CodeBodyTooLong, gate.ReasonNone},
		"body, no counter":  {msgdef.TypeSend, `{"body":"` + long + `"}`, 0, msgdef.CodeBodyTooLong, gate.ReasonNone},
		"counter, bad body": {msgdef.TypeSend, `{"counter":"78","body":"*"}`, 0, msgdef.CodeMalformed, gate.ReasonMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				w := newWorld(t)
				witness := w.login("witness", 1)
				mallory := w.loginInJSON("mallory", 6)
				mallory.sendText(c.of, c.text)
				mallory.refused(c.of, c.req, c.code)
				if c.reason == gate.ReasonNone {
					mallory.sendText(msgdef.TypePing, `{"nonce":"9"}`)
					var pong msgdef.Pong
					mallory.expectText(&pong)
				} else {
					mallory.expectEnd()
					w.close() // so that it is counted
					w.wantCloses(c.reason, 1)
					return
				}
				witness.roundTrip(1)
			})
		})
	}
}

// TestJSONLoginRefused answers a Login that is none in the codec of the Hello.
func TestJSONLoginRefused(t *testing.T) {
	for name, text := range map[string]string{
		"binary": string(loginOf("alice", 1).Append(nil)), "a list": `[]`, "a long name": `{"account":"` + strings.Repeat("a", 65) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				c := newWorld(t).inJSON()
				c.sendText(msgdef.TypeLogin, text)
				c.refused(msgdef.TypeLogin, 0, msgdef.CodeMalformed)
				c.expectEnd()
			})
		})
	}
}

// TestCodecNotAdmitted refuses JSON where the operator does.
func TestCodecNotAdmitted(t *testing.T) {
	w := newWorld(t, func(o *gate.Options) { o.Codecs = []codec.ID{codec.Binary} })
	c := w.dial()
	h, err := secure.NewClientHandshake(secure.ClientConfig{
		Suite: secure.ClassicalAESGCM, Codec: codec.JSON, Roots: w.roots, Now: time.Now,
	})
	must(t, err)
	c.write(h.Hello())
	var refused *secure.RefusedError
	if _, err := h.Reply(c.packet(secure.ReplySize)); !errors.As(err, &refused) || refused.Refusal.Code != msgdef.CodeCodec {
		t.Errorf("got %v", err)
	}
	c.conn.Close()
	w.wantCloses(gate.ReasonCodec, 1) // before the gate ends, which would be a reason, too
	w.login("alice", 1).roundTrip(1)
	w.close()
}

// TestJSONOutlivesItsKeys: what changes them has no body in any codec.
func TestJSONOutlivesItsKeys(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		alice := w.loginInJSON("alice", 1)
		ping := frame.AppendRaw(nil, msgdef.TypePing, []byte(`{"nonce":"5"}`))
		updates := 0
		for range 2 * secure.MaxKeyAge / (40 * time.Second) {
			time.Sleep(40 * time.Second)
			sealed := alice.sealRaw(ping)
			if len(sealed) > len(ping)+secure.RecordOverhead {
				updates++
			}
			alice.write(sealed)
			alice.expectText(&msgdef.Pong{})
		}
		if updates == 0 {
			t.Error("the keys did not change")
		}
	})
}

// TestJSONSlowReaderGetsAHead that stands for notifies, and then its last words.
func TestJSONSlowReaderGetsAHead(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		slow := w.loginInJSON("slow", 2)
		conn := w.far.connOf(slow.welcome.UID)
		last := w.deliver(conn, 1, 600, 1000)
		must(t, w.gate.Kick(t.Context(), &rpc.Kicks{
			Epoch: w.gate.Epoch(), Items: []rpc.Kick{{Conn: conn, Code: msgdef.CodeBanned, Detail: "bye\x00"}},
		}))
		var head msgdef.Head
		for seen := uint64(0); head.USeq == 0; seen++ {
			f, err := slow.next()
			must(t, err)
			if f.Type == msgdef.TypeHead {
				must(t, head.DecodeJSON(f.Body))
				break
			}
			var n msgdef.Notify
			if must(t, n.DecodeJSON(f.Body)); n.USeq != seen+1 {
				t.Fatalf("notify %d after %d", n.USeq, seen)
			}
		}
		var kicked msgdef.Kicked
		if slow.expectText(&kicked); head.USeq != last || kicked.Detail != "bye\x00" {
			t.Errorf("head %d of %d, %+v", head.USeq, last, kicked)
		}
		slow.expectEnd()
	})
}

// FuzzEdge feeds a session in JSON a frame of any type and text, and then a ping.
// The gate answers both, or closes for a reason, and nobody else notices.
func FuzzEdge(f *testing.F) {
	steady := &msgdef.Send{Counter: 1, Kind: msgdef.ContentText, Body: []byte("body")}
	f.Add(uint16(msgdef.TypeSend), steady.AppendJSON(nil))
	f.Add(uint16(msgdef.TypeLookup), []byte(`{"req":"1","names":["alice","b\u006fb"],"uids":["1"]}`))
	f.Add(uint16(msgdef.TypeGetConv), []byte(`{"req":"1","limit":1,"new":[null,{}]}`))
	f.Add(uint16(msgdef.TypeMsgPage), []byte(`{"entries":[{"message":{"body":"AA=="}},{}]}`))
	f.Add(uint16(msgdef.TypeKeyUpdate), []byte(`{}`))
	f.Add(uint16(0x8001), []byte(`anything`))
	w := newWorld(f, func(o *gate.Options) {
		o.Times.Linger = 1 // the client of this test reads what it is sent at once
		o.Times.Sweep = time.Millisecond
	})
	witness := w.login("robot", 1)
	counter := uint64(0)
	f.Fuzz(func(t *testing.T, id uint16, text []byte) {
		if id == 0 || len(text) > frame.MaxBody {
			return
		}
		w.t, witness.t = t, t
		defer func() { w.t = f }()
		c := w.loginInJSON("mallory", 6)
		defer c.conn.Close()
		nonce := binary.LittleEndian.Uint64([]byte("fuzzping"))
		ping := frame.AppendRaw(nil, msgdef.TypePing, (&msgdef.Ping{Nonce: nonce}).AppendJSON(nil))
		c.write(append(c.sealRaw(frame.AppendRaw(nil, msgdef.Type(id), text)), c.sealRaw(ping)...))
		for alive := true; alive; {
			m, err := c.next()
			var pong msgdef.Pong
			switch {
			case errors.Is(err, io.EOF):
				alive = false
			case err != nil:
				t.Fatalf("%x %s: %v", id, text, err)
			case m.Type == msgdef.TypePong:
				must(t, pong.DecodeJSON(m.Body))
				alive = pong.Nonce != nonce
			}
		}
		counter++
		witness.roundTrip(counter)
		if n := w.gate.Stats().Closes[gate.ReasonInternal]; n != 0 {
			t.Fatalf("%x %s: %d connections ended for no reason", id, text, n)
		}
	})
}
