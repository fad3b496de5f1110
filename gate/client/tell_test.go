package client

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/codec"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/secure"
	"github.com/sim-im/sim/msgdef/vectors/kinds"
)

// hearing gathers what an application is handed.
type hearing struct {
	mu      sync.Mutex
	frames  []Frame
	refused []Refused
}

// listen adds callbacks to options.
func (h *hearing) listen(o Options) Options {
	o.OnFrame = func(f Frame) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.frames = append(h.frames, f.Clone())
	}
	o.OnRefused = func(r Refused) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.refused = append(h.refused, r)
	}
	return o
}

// told sends frames of an application.
func (p *peer) told(frames ...frame.Frame) {
	p.t.Helper()
	for _, f := range frames {
		p.send(rawMessage{f})
	}
}

// rawMessage is a frame whose body is encoded already.
type rawMessage struct{ frame frame.Frame }

func (m rawMessage) Type() msgdef.Type        { return m.frame.Type }
func (m rawMessage) Append(dst []byte) []byte { return append(dst, m.frame.Body...) }

func TestTell(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c, p := g.online(g.options(), msgdef.LoginOK{})
		want := kinds.Lists{}
		for n := range uint64(3) {
			if number, err := Tell(c, &want); number != n+1 || err != nil {
				t.Fatalf("%d, %v", number, err)
			}
			f, err := p.next()
			if err != nil || kinds.Type(f.Type) != kinds.TypeLists || !bytes.Equal(f.Body, want.Append(nil)) {
				t.Fatalf("%v %x, %v", f.Type, f.Body, err)
			}
		}
		longest := make([]byte, frame.MaxBody)
		for _, f := range []Frame{{Type: 0x8000}, {Type: 0xffff, Codec: codec.Binary, Body: longest}} {
			if _, err := c.TellFrame(f); err != nil {
				t.Fatal(err)
			}
			if got, err := p.next(); err != nil || got.Type != f.Type || !bytes.Equal(got.Body, f.Body) {
				t.Fatalf("%v, %v", got.Type, err)
			}
		}
	})
}

func TestTellRefuses(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c, p := g.online(g.options(), msgdef.LoginOK{})
		if _, err := Tell(c, &msgdef.Ping{}); !errors.Is(err, ErrArgument) {
			t.Errorf("a type of the SDK: %v", err)
		}
		if _, err := c.TellFrame(Frame{Type: 0x8000, Codec: 77}); !errors.Is(err, ErrCodec) {
			t.Errorf("another codec: %v", err)
		}
		var refused *Error
		_, err := c.TellFrame(Frame{Type: 0x8000, Body: make([]byte, frame.MaxBody+1)})
		if !errors.As(err, &refused) || refused.Code != msgdef.CodeBodyTooLong {
			t.Errorf("too long: %v", err)
		}
		p.silent(time.Second)
		if number, err := c.TellFrame(Frame{Type: 0x8000}); number != 1 || err != nil { // none of them counted
			t.Errorf("%d, %v", number, err)
		}
	})
}

// TestTellIsNotKept: without a connection it fails, and what a lost one took is
// not sent again.
func TestTellIsNotKept(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var h hearing
		c := g.client(h.listen(g.options()))
		if _, err := Tell(c, &kinds.Lists{}); !errors.Is(err, ErrDisconnected) {
			t.Errorf("before Connect: %v", err)
		}
		failed := make(chan error, 1)
		go func() { failed <- c.Connect(context.Background()) }()
		p := g.admit(msgdef.LoginOK{})
		if err := <-failed; err != nil {
			t.Fatal(err)
		}
		if number, err := Tell(c, &kinds.Lists{}); number != 1 || err != nil {
			t.Fatalf("%d, %v", number, err)
		}
		p.conn.Close()
		synctest.Wait()
		if number, err := Tell(c, &kinds.Lists{}); number != 0 || !errors.Is(err, ErrDisconnected) {
			t.Errorf("between connections: %d, %v", number, err)
		}
		p = g.admit(msgdef.LoginOK{})
		synctest.Wait()
		if number, err := Tell(c, &kinds.Lists{}); number != 2 || err != nil {
			t.Errorf("afterwards: %d, %v", number, err)
		}
		if f, err := p.next(); err != nil || kinds.Type(f.Type) != kinds.TypeLists {
			t.Errorf("%v, %v", f.Type, err)
		}
		p.silent(time.Second)
		p.send(&msgdef.Error{Of: uint16(kinds.TypeLists), Req: 1, Code: msgdef.CodeBusy, RetryAfter: 5}) // of this session
		synctest.Wait()
		if len(h.refused) != 1 || h.refused[0].Number != 2 || h.refused[0].Err.Retry != 5*time.Millisecond {
			t.Errorf("%+v", h.refused)
		}
		c.Close()
		if _, err := Tell(c, &kinds.Lists{}); !errors.Is(err, ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
}

// TestTellIsBounded by what waits for a connection that takes nothing.
func TestTellIsBounded(t *testing.T) {
	plain(t, func(t *testing.T, g *gate) {
		c, p := g.online(g.options(), msgdef.LoginOK{})
		body := make([]byte, 1000)
		var group sync.WaitGroup
		var mu sync.Mutex
		told, full := 0, 0
		for range 4 {
			group.Go(func() {
				for range 300 { // far more than pipes and queue hold
					_, err := c.TellFrame(Frame{Type: 0x8000, Body: body})
					mu.Lock()
					if err == nil {
						told++
					} else if errors.Is(err, ErrQueueFull) {
						full++
					} else {
						t.Error(err)
					}
					mu.Unlock()
				}
			})
		}
		synctest.Wait() // one is writing
		mu.Lock()
		if full == 0 || told < 256 {
			t.Errorf("%d told, %d refused", told, full)
		}
		mu.Unlock()
		for n := 0; ; n++ {
			p.conn.SetReadDeadline(time.Now().Add(time.Second))
			if _, err := p.next(); err != nil {
				synctest.Wait()
				if n != told {
					t.Errorf("%d arrived of %d: %v", n, told, err)
				}
				break
			}
		}
		group.Wait()
	})
}

// TestTellKeepsOrder of one goroutine, among others and from callbacks.
func TestTellKeepsOrder(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		o := g.options()
		var c *Client
		o.OnFrame = func(f Frame) { // every one is answered twice
			for range 2 {
				if _, err := c.TellFrame(Frame{Type: 0x9000, Body: f.Body}); err != nil {
					t.Error(err)
				}
			}
		}
		c, p := g.online(o, msgdef.LoginOK{})
		var frames []frame.Frame
		for n := range uint32(50) {
			frames = append(frames, frame.Frame{Type: 0x8000, Body: binary.LittleEndian.AppendUint32(nil, n)})
		}
		go p.told(frames...)
		for n := range uint32(100) {
			f, err := p.next()
			if err != nil || f.Type != 0x9000 || binary.LittleEndian.Uint32(f.Body) != n/2 {
				t.Fatalf("%v %x, %v instead of %d", f.Type, f.Body, err, n/2)
			}
		}
	})
}

// TestFramesOfApplicationsAreHandedOver in their order among messages; without a
// callback, and of other unknown types, they are left alone.
func TestFramesOfApplicationsAreHandedOver(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var h hearing
		var r recorder
		_, p := g.online(r.record(h.listen(g.options())), msgdef.LoginOK{})
		p.told(frame.Frame{Type: 0x8000}, frame.Frame{Type: 0x7fff}, frame.Frame{Type: 0xffff, Body: make([]byte, frame.MaxBody)})
		p.send(note(1))
		wantUSeqs(t, &r, 1)
		if len(h.frames) != 2 || h.frames[0].Type != 0x8000 || len(h.frames[1].Body) != frame.MaxBody || h.frames[1].Codec != codec.Binary {
			t.Errorf("%v", h.frames)
		}
		_, deaf := g.online(g.options(), msgdef.LoginOK{})
		deaf.told(frame.Frame{Type: 0x8000})
		deaf.silent(time.Second)
	})
}

// TestRefusedFrames tells the application, and keeps the session unless the code
// ends it.
func TestRefusedFrames(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var h hearing
		c, p := g.online(h.listen(g.options()), msgdef.LoginOK{})
		for range 2 {
			if _, err := Tell(c, &kinds.Lists{}); err != nil {
				t.Fatal(err)
			}
		}
		const of = uint16(kinds.TypeLists)
		p.send(
			&msgdef.Error{Of: of, Req: 2, Code: msgdef.CodeUnknownType},
			&msgdef.Error{Of: of, Req: 3, Code: msgdef.CodeTimeout, Detail: "d"}, // was never told
			&msgdef.Error{Of: of, Code: msgdef.CodeUnavailable},
			&msgdef.Error{Of: 0x7fff, Req: 1, Code: msgdef.CodeUnknownType},
		)
		synctest.Wait()
		want := []Refused{
			{Type: msgdef.Type(of), Number: 2, Err: &Error{Code: msgdef.CodeUnknownType}},
			{Type: msgdef.Type(of), Err: &Error{Code: msgdef.CodeTimeout, Detail: "d"}},
			{Type: msgdef.Type(of), Err: &Error{Code: msgdef.CodeUnavailable}},
		}
		if !slices.EqualFunc(h.refused, want, func(a, b Refused) bool {
			return a.Type == b.Type && a.Number == b.Number && *a.Err == *b.Err
		}) {
			t.Errorf("%+v", h.refused)
		}
		if s := c.Status(); s.Phase != Online {
			t.Errorf("%+v", s)
		}
		p.send(&msgdef.Error{Of: of, Req: 1, Code: msgdef.CodeUnexpected})
		p.gone()
		if len(h.refused) != 4 {
			t.Errorf("%+v", h.refused)
		}
	})
}

// TestTellInJSON encodes as the connection does, and leaves what comes to the
// application.
func TestTellInJSON(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		g.handshake = must(secure.NewServerHandshake(secure.ServerConfig{
			Key: g.handshake.Key(), Admit: []secure.Suite{secure.HybridAESGCM}, Codecs: codec.All(),
		}))
		var h hearing
		o := h.listen(g.options())
		o.Codec = codec.JSON
		c := g.client(o)
		failed := make(chan error, 1)
		go func() { failed <- c.Connect(context.Background()) }()
		p := g.admitJSON()
		if err := <-failed; err != nil {
			t.Fatal(err)
		}
		m := kinds.Names{UserID: 1 << 60, HTTPProxy: "\"x\""}
		if _, err := Tell(c, &m); err != nil {
			t.Fatal(err)
		}
		if f, err := p.next(); err != nil || !bytes.Equal(f.Body, m.AppendJSON(nil)) {
			t.Errorf("%s, %v", f.Body, err)
		}
		if _, err := Tell(c, binaryOnly{}); !errors.Is(err, ErrCodec) {
			t.Errorf("a message without JSON: %v", err)
		}
		if _, err := c.TellFrame(Frame{Type: 0x8000, Codec: codec.Binary}); !errors.Is(err, ErrCodec) {
			t.Errorf("a body in binary: %v", err)
		}
		p.told(frame.Frame{Type: msgdef.Type(kinds.TypeNames), Body: m.AppendJSON(nil)})
		synctest.Wait()
		if len(h.frames) != 1 || h.frames[0].Codec != codec.JSON {
			t.Fatalf("%+v", h.frames)
		}
		var got namesOnly
		var decoder kinds.DownDecoder
		if err := Dispatch(h.frames[0], &decoder, kinds.DownHandler(&got), kinds.FromJSON); err != nil || !got.names.Equal(&m) {
			t.Errorf("%+v, %v", got.names, err)
		}
		if err := Dispatch(h.frames[0], &decoder, kinds.DownHandler(&got)); !errors.Is(err, ErrCodec) {
			t.Errorf("without FromJSON: %v", err)
		}
	})
}

// binaryOnly is a message whose package does not emit JSON.
type binaryOnly struct{}

func (binaryOnly) Type() msgdef.Type        { return 0x8000 }
func (binaryOnly) Append(dst []byte) []byte { return dst }
func (binaryOnly) Validate() error          { return nil }

// namesOnly takes Names; the rest of its interface is not there.
type namesOnly struct {
	kinds.DownHandler
	names kinds.Names
}

func (n *namesOnly) HandleNames(m *kinds.Names) error {
	n.names = *m.Clone()
	return nil
}

// admitJSON is admit for a client that speaks JSON.
func (g *gate) admitJSON() *peer {
	g.t.Helper()
	p := g.accept()
	f, err := p.next()
	if err != nil {
		g.t.Fatal(err)
	}
	ok := msgdef.LoginOK{UID: testUID, Account: "alice", StoreEpoch: testEpoch, Session: [16]byte{1}}
	reply := ok.AppendJSON(nil)
	p.told(frame.Frame{Type: msgdef.TypeLoginOK, Body: reply})
	if err := p.keys.Bind(ok.Session, f.Body, reply); err != nil {
		g.t.Fatal(err)
	}
	return p
}
