package gate_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/codec"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/secure"
)

// loginJSON connects and logs in as a client that speaks JSON. What it sends
// and receives is not transcoded.
func (w *world) loginJSON(name string, device uint64) *client {
	w.t.Helper()
	c := w.dial()
	h, err := secure.NewClientHandshake(secure.ClientConfig{
		Suite: secure.ClassicalAESGCM, Codec: codec.JSON, Roots: w.roots, Now: time.Now,
	})
	must(w.t, err)
	c.write(h.Hello())
	c.secure, err = h.Reply(c.packet(secure.ReplySize))
	must(w.t, err)
	m := loginOf(name, device)
	m.Versions, m.Suites = c.secure.Offered()
	m.Suites = []byte{byte(secure.ClassicalAESGCM)}
	body := m.AppendJSON(nil)
	c.write(c.sealRaw(frame.AppendRaw(nil, msgdef.TypeLogin, body)))
	f, err := c.next()
	must(w.t, err)
	must(w.t, c.welcome.DecodeJSON(f.Body))
	must(w.t, c.secure.Bind(c.welcome.Session, body, f.Body))
	return c
}

// TestFramesInJSONGoUntouched in both directions, beside those the gate
// transcodes; who speaks binary gets the other form of what is pushed.
func TestFramesInJSONGoUntouched(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		w.far.claim(echo)
		inJSON, inBinary := w.loginJSON("alice", 1), w.login("bob", 2)
		const odd = "{ \"not\": what a codec writes }\x00\xff"
		inJSON.tell(raw(0x8001, odd), raw(msgdef.TypePing, `{"nonce":"5"}`), raw(0x8001, ""))
		var pong msgdef.Pong
		for answers := 0; answers < 2 || pong.Nonce == 0; {
			f, err := inJSON.next()
			must(t, err)
			switch {
			case f.Type == msgdef.TypePong:
				must(t, pong.DecodeJSON(f.Body))
			case f.Type == 0x8002 && string(f.Body) == []string{odd, ""}[answers]:
				answers++
			default:
				t.Fatalf("%v %q", f.Type, f.Body)
			}
		}
		inBinary.tell(raw(0x8001, odd))
		inBinary.told(0x8002, odd)
		for i, want := range []codec.ID{codec.JSON, codec.JSON, codec.Binary} {
			if got := w.far.framesCame()[i]; codec.ID(got.Codec) != want {
				t.Errorf("frame %d in %v", i, codec.ID(got.Codec))
			}
		}
		batch := &rpc.Frames{Epoch: w.gate.Epoch()}
		for _, c := range []*client{inJSON, inBinary} {
			conn := w.far.connOf(c.welcome.UID)
			batch.Items = append(batch.Items,
				rpc.Frame{Conn: conn, Type: 0x8003, Body: []byte("binary only")},
				rpc.Frame{Conn: conn, Type: 0x8003, Body: []byte("binary"), JSON: []byte("json")},
				rpc.Frame{Conn: conn, Type: 0x8003, JSON: []byte("an empty body")},
			)
		}
		must(t, w.gate.Push(t.Context(), batch))
		for _, want := range []string{"json", "an empty body"} {
			inJSON.told(0x8003, want)
		}
		for _, want := range []string{"binary only", "binary", ""} {
			inBinary.told(0x8003, want)
		}
		if n := w.gate.Stats().Drops[gate.DropCodec]; n != 1 {
			t.Errorf("%d dropped", n)
		}
	})
}

// TestRefusalsInJSON come in the connection's codec.
func TestRefusalsInJSON(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.loginJSON("alice", 1)
		c.tell(raw(0x8001, "{}"))
		f, err := c.next()
		must(t, err)
		var m msgdef.Error
		must(t, m.DecodeJSON(f.Body))
		if m.Of != 0x8001 || m.Req != 1 || m.Code != msgdef.CodeUnknownType {
			t.Errorf("%+v", m)
		}
		synctest.Wait()
	})
}
