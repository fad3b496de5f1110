package secure

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"sync"
	"testing"

	"github.com/flynn/noise"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/codec"
)

func TestASessionOfEachSuite(t *testing.T) {
	w := newWorld(t)
	for _, suite := range suites() {
		t.Run(suite.String(), func(t *testing.T) {
			e := w.in(t).connect(suite)
			talk(t, e, "under login keys")
			e.bind(t)
			talk(t, e, "under session keys")
			for _, s := range []*Session{e.client, e.server} {
				if s.Suite() != suite || s.Codec() != codec.Binary {
					t.Errorf("suite %v codec %v", s.Suite(), s.Codec())
				}
			}
			if e.client.ServerName() != "gate-1" {
				t.Errorf("server name %q", e.client.ServerName())
			}
			if r := e.client.ResumeSecret(); r == [32]byte{} || r != e.server.ResumeSecret() {
				t.Error("resume secrets differ or are missing")
			}
		})
	}
}

// talk sends a frame each way, twice.
func talk(t *testing.T, e ends, s string) {
	t.Helper()
	for range 2 {
		for _, d := range e.directions() {
			got, err := receive(d.in, seal(t, d.out, text(s)))
			if err != nil || !slices.Equal(got, []string{s}) {
				t.Fatalf("%s: %q, %v", d.name, got, err)
			}
		}
	}
}

type direction struct {
	name string
	out  *Sealer
	in   *Opener
}

func (e ends) directions() []direction {
	return []direction{
		{"up", &e.client.Out, &e.server.In},
		{"down", &e.server.Out, &e.client.In},
	}
}

func TestRealRandomnessMakesDifferentSessions(t *testing.T) {
	w := newWorld(t)
	a := w.connectWith(ClientConfig{}, ServerConfig{})
	b := w.connectWith(ClientConfig{}, ServerConfig{})
	talk(t, a, "x")
	if bytes.Equal(seal(t, &a.client.Out, text("same")), seal(t, &b.client.Out, text("same"))) {
		t.Error("two sessions made the same record")
	}
	if _, err := receive(&b.server.In, seal(t, &a.client.Out, text("x"))); !errors.Is(err, ErrAuth) {
		t.Errorf("a record of another session: %v", err)
	}
}

func TestOneServerHandshakeServesManyAtOnce(t *testing.T) {
	w := newWorld(t)
	s := w.serverWith(ServerConfig{})
	var wg sync.WaitGroup
	for i := range 20 {
		c := w.client(suites()[i%4], byte(i))
		wg.Go(func() {
			reply, server, err := s.Hello(c.Hello())
			if err != nil {
				t.Error(err)
				return
			}
			client, err := c.Reply(reply)
			if err != nil || client.origin.base != server.origin.base {
				t.Errorf("handshake %d: %v", i, err)
			}
		})
	}
	wg.Wait()
}

func TestRefusals(t *testing.T) {
	w := newWorld(t)
	classical := ServerConfig{Admit: []Suite{ClassicalChaCha}}
	for _, c := range []struct {
		name   string
		server ServerConfig
		change func(packet []byte) []byte
		code   msgdef.ErrorCode
	}{
		{"version", ServerConfig{}, func(p []byte) []byte { p[3] = 2; return p[:6] }, msgdef.CodeVersion},
		{"suite", classical, func(p []byte) []byte { return p }, msgdef.CodeSuite},
		{"unknown suite", ServerConfig{}, func(p []byte) []byte { p[4] = 77; return p }, msgdef.CodeSuite},
		{"codec", ServerConfig{}, func(p []byte) []byte { p[5] = 9; return p }, msgdef.CodeCodec},
	} {
		h, s := w.client(HybridAESGCM, 3), w.serverWith(c.server)
		packet := c.change(bytes.Clone(h.Hello()))
		if n, err := HelloSize(packet); n != len(packet) || err != nil {
			t.Errorf("%s: size %d, %v", c.name, n, err)
		}
		reply, session, err := s.Hello(packet)
		var atServer, atClient *RefusedError
		if !errors.As(err, &atServer) || atServer.Refusal.Code != c.code || session != nil {
			t.Fatalf("%s: gate has %v", c.name, err)
		}
		session, err = h.Reply(reply)
		if !errors.As(err, &atClient) || atClient.Refusal.Code != c.code || session != nil {
			t.Fatalf("%s: client has %v", c.name, err)
		}
		if !bytes.Equal(atClient.Refusal.Versions, []byte{Version}) || !bytes.Equal(atClient.Refusal.Suites, suiteBytes(s.config.Admit)) {
			t.Errorf("%s: client learns %+v", c.name, atClient.Refusal)
		}
		if Reason(err) != c.code.String() {
			t.Errorf("%s: reason %q", c.name, Reason(err))
		}
	}
}

func TestABusyGateRefusesWithoutReading(t *testing.T) {
	want := msgdef.Refusal{Code: msgdef.CodeBusy, RetryAfter: 1500}
	packet := AppendRefusal(nil, &want)
	if n, err := ReplySize(packet); n != len(packet) || err != nil {
		t.Fatalf("size %d, %v", n, err)
	}
	_, err := newWorld(t).client(HybridChaCha, 3).Reply(packet)
	var refused *RefusedError
	if !errors.As(err, &refused) || refused.Refusal.Code != want.Code || refused.Refusal.RetryAfter != want.RetryAfter {
		t.Errorf("client has %v", err)
	}
}

func TestAHandshakeTakesOneReply(t *testing.T) {
	w := newWorld(t)
	c := w.client(ClassicalAESGCM, 3)
	reply, _, _ := w.server(4).Hello(c.Hello())
	if _, err := c.Reply(reply[:20]); !errors.Is(err, ErrMalformed) {
		t.Errorf("a part of the reply: %v", err)
	}
	if _, err := c.Reply(reply); !errors.Is(err, ErrSpent) {
		t.Errorf("the reply after a wrong one: %v", err)
	}
}

func TestLowOrderKeysAreRefused(t *testing.T) {
	w := newWorld(t)
	packet := bytes.Clone(w.client(ClassicalAESGCM, 3).Hello())
	clear(packet[helloHeader : helloHeader+32])
	if _, _, err := w.server(4).Hello(packet); !errors.Is(err, ErrMalformed) {
		t.Errorf("zero ephemeral key: %v", err)
	}
}

func TestMLKEMBelongsToHybridSuites(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		name string
		ask  Suite
		as   Suite
	}{
		{"no ML-KEM key in a hybrid suite", ClassicalAESGCM, HybridAESGCM},
		{"ML-KEM key in a classical suite", HybridAESGCM, ClassicalAESGCM},
	} {
		packet := bytes.Clone(w.client(c.ask, 3).Hello())
		packet[4] = byte(c.as)
		if _, _, err := w.server(4).Hello(packet); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// replyWith has the world's gate send payload as its ServerHello.
func (w *world) replyWith(suite Suite, payload []byte) (*Session, error) {
	w.tb.Helper()
	c := w.client(suite, 3)
	hello := ok[hello](w.tb)(parseHello(c.Hello(), HelloSize))
	state := ok[*noise.HandshakeState](w.tb)(w.server(4).noise(hello))
	if _, _, _, err := state.ReadMessage(nil, hello.message); err != nil {
		w.tb.Fatal(err)
	}
	reply, _, _, err := state.WriteMessage([]byte{kindHandshake, 0, 0}, payload)
	if err != nil {
		w.tb.Fatal(err)
	}
	binary.LittleEndian.PutUint16(reply[1:], uint16(len(reply)-replyHeader))
	s, err := c.Reply(reply)
	if (s == nil) != (err != nil) {
		w.tb.Fatalf("session %v with %v", s, err)
	}
	return s, err
}

func TestClientJudgesTheCiphertext(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		suite      Suite
		ciphertext int
		want       error
	}{
		{ClassicalAESGCM, 0, nil},
		{ClassicalAESGCM, 1, ErrMalformed},
		{HybridAESGCM, 0, ErrMalformed},
		{HybridAESGCM, 1087, ErrMalformed},
		{HybridAESGCM, 1089, ErrMalformed},
	} {
		body := msgdef.ServerHello{Certificate: w.gate.Certificate(), Ciphertext: make([]byte, c.ciphertext)}
		if _, err := w.replyWith(c.suite, body.Append(nil)); !errors.Is(err, c.want) {
			t.Errorf("%v with %d bytes: %v, want %v", c.suite, c.ciphertext, err, c.want)
		}
	}
	if _, err := w.replyWith(ClassicalAESGCM, []byte{5}); !errors.Is(err, ErrMalformed) {
		t.Errorf("half a ServerHello: %v", err)
	}
}

func TestConfigurationsAreChecked(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]ClientConfig{
		"no roots":        {Now: clock},
		"no clock":        {Roots: w.roots},
		"unknown suite":   {Roots: w.roots, Now: clock, Suite: 9},
		"not accepted":    {Roots: w.roots, Now: clock, Accept: []Suite{HybridChaCha}},
		"accepted twice":  {Roots: w.roots, Now: clock, Accept: []Suite{1, 1}},
		"limits":          {Roots: w.roots, Now: clock, Limits: Limits{Records: MaxKeyRecords + 1}},
		"no randomness":   {Roots: w.roots, Now: clock, Rand: bytes.NewReader(nil)},
		"some randomness": {Roots: w.roots, Now: clock, Rand: io.LimitReader(seeded(1), 70)},
	} {
		if _, err := NewClientHandshake(c); err == nil {
			t.Errorf("client, %s: accepted", name)
		}
	}
	for name, c := range map[string]ServerConfig{
		"no key":         {},
		"unknown suite":  {Key: w.gate, Admit: []Suite{0}},
		"admitted twice": {Key: w.gate, Admit: []Suite{2, 2}},
		"limits":         {Key: w.gate, Limits: Limits{Age: -1}},
	} {
		if _, err := NewServerHandshake(c); err == nil {
			t.Errorf("server, %s: accepted", name)
		}
	}
}

func TestAGateWithoutRandomnessAnswersNothing(t *testing.T) {
	w := newWorld(t)
	s := w.serverWith(ServerConfig{Rand: bytes.NewReader(nil)})
	if reply, session, err := s.Hello(w.client(HybridAESGCM, 3).Hello()); err == nil || reply != nil || session != nil {
		t.Errorf("answered %v", err)
	}
}
