package gate_test

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/secure"
)

// attack runs something hostile beside a session that must not notice, and
// wants it to be closed and counted.
func attack(t *testing.T, reason gate.Reason, hostile func(w *world)) {
	t.Helper()
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		witness := w.login("witness", 1)
		witness.roundTrip(1)
		hostile(w)
		witness.roundTrip(2)
		time.Sleep(8 * time.Second) // deadlines of strangers, and lingering
		synctest.Wait()
		w.wantCloses(reason, 1)
		witness.roundTrip(3)
		if n := w.gate.Stats().Connections; n != 1 {
			t.Errorf("%d connections left, want the witness alone", n)
		}
	})
}

// TestHostileFirstBytes sends what is no handshake, without a login.
func TestHostileFirstBytes(t *testing.T) {
	garbage := []byte("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n")
	header := func(version, suite, codec byte) []byte {
		return append([]byte{'S', 'I', 'M', version, suite, codec, 32, 0}, make([]byte, 32)...)
	}
	for name, c := range map[string]struct {
		bytes  []byte
		reason gate.Reason
		code   msgdef.ErrorCode // of the refusal; CodeOK: none
	}{
		"another protocol":  {garbage, gate.ReasonGarbage, 0},
		"one wrong byte":    {[]byte("SIN"), gate.ReasonGarbage, 0},
		"TLS":               {[]byte{0x16, 3, 1, 2, 0}, gate.ReasonGarbage, 0},
		"nothing":           {nil, gate.ReasonFirstByte, 0},
		"half":              {[]byte("SIM\x01\x01"), gate.ReasonLoginTime, 0},
		"another version":   {header(9, 1, 1), gate.ReasonVersion, msgdef.CodeVersion},
		"another suite":     {header(1, 200, 1), gate.ReasonSuite, msgdef.CodeSuite},
		"a suite not here":  {header(1, byte(secure.ClassicalChaCha), 1), gate.ReasonSuite, msgdef.CodeSuite},
		"another codec":     {header(1, 1, 77), gate.ReasonCodec, msgdef.CodeCodec},
		"too short":         {[]byte{'S', 'I', 'M', 1, 1, 1, 31, 0}, gate.ReasonGarbage, 0},
		"too long":          {[]byte{'S', 'I', 'M', 1, 1, 1, 1, 16}, gate.ReasonGarbage, 0},
		"a key of zeros":    {header(1, byte(secure.ClassicalAESGCM), 1), gate.ReasonGarbage, 0},
		"a hybrid's, short": {header(1, 1, 1), gate.ReasonGarbage, 0},
	} {
		t.Run(name, func(t *testing.T) {
			attack(t, c.reason, func(w *world) {
				h := w.dial()
				if len(c.bytes) > 0 {
					h.write(c.bytes)
				}
				if c.code == msgdef.CodeOK {
					h.expectSilentEnd()
					return
				}
				packet := h.packet(secure.ReplySize)
				var refusal msgdef.Refusal
				must(w.t, refusal.Decode(packet[3:]))
				if packet[0] != 2 || refusal.Code != c.code || !bytes.Equal(refusal.Versions, []byte{1}) || len(refusal.Suites) != 2 {
					w.t.Errorf("packet %d, %+v", packet[0], refusal)
				}
				h.expectSilentEnd()
			})
		})
	}
}

// TestTruncatedHandshake stops after every byte of the Hello packet, and of the
// record with Login, and waits.
func TestTruncatedHandshake(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		witness := w.login("witness", 1)
		hello := w.dial().hello(secure.HybridAESGCM).Hello()
		for n := 1; n < len(hello); n++ {
			w.dial().write(hello[:n])
		}
		total := len(hello) - 1
		size := len(func() []byte { c := w.dial(); c.handshake(); return c.loginRecord() }())
		for n := 1; n < size; n++ {
			c := w.dial()
			c.handshake()
			c.write(c.loginRecord()[:n])
		}
		witness.roundTrip(1)
		time.Sleep(6 * time.Second)
		synctest.Wait()
		w.wantCloses(gate.ReasonLoginTime, total+size-1+1) // and the one that measured the size
		w.wantCloses(gate.ReasonFirstByte, 1)              // the one that made the Hello
		witness.roundTrip(2)
		if w.far.live() != 1 {
			t.Errorf("%d sessions", w.far.live())
		}
	})
}

// loginRecord seals a login that would be accepted.
func (c *client) loginRecord() []byte {
	m := loginOf("mallory", 6)
	m.Versions = []byte{secure.Version}
	m.Suites = []byte{byte(secure.ClassicalAESGCM)}
	return c.seal(m)
}

// TestReplayedRecording plays a whole session again, byte for byte.
func TestReplayedRecording(t *testing.T) {
	attack(t, gate.ReasonAuth, func(w *world) {
		victim := w.dial()
		h := victim.hello(secure.ClassicalAESGCM)
		victim.write(h.Hello())
		var err error
		victim.secure, err = h.Reply(victim.packet(secure.ReplySize))
		must(w.t, err)
		login := victim.loginRecord()
		victim.write(login)
		victim.expect(&victim.welcome)
		must(w.t, victim.conn.Close())
		synctest.Wait()

		replay := w.dial()
		replay.write(h.Hello())
		replay.packet(secure.ReplySize) // another one: the gate's key is new
		replay.write(login)
		replay.expectSilentEnd()
		if logins := w.gate.Stats().Logins; logins != 2 { // witness and victim
			w.t.Errorf("%d logins", logins)
		}
	})
}

// TestFlippedBits changes one bit in each byte of everything a client sends up
// to its first message. No session opens, or the open one closes, and nobody
// else notices.
func TestFlippedBits(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		witness := w.login("witness", 1)
		var attempts int
		for i := range w.flips((*client).flipHello) {
			w.flip((*client).flipHello, i)
			attempts++
		}
		for i := range w.flips((*client).flipLogin) {
			w.flip((*client).flipLogin, i)
			attempts++
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if s := w.gate.Stats(); s.Logins != 1 || s.Connections != 1 {
			t.Errorf("%d logins, %d connections after %d attempts: %v", s.Logins, s.Connections, attempts, s.Closes)
		}
		before := w.gate.Stats().Logins
		for i := range w.flips((*client).flipMessage) {
			w.flip((*client).flipMessage, i)
			attempts++
		}
		time.Sleep(12 * time.Second)
		synctest.Wait()
		s := w.gate.Stats()
		if opened := s.Logins - before; opened < 30 || s.Connections != 1 || len(w.far.taken()) != 0 {
			t.Errorf("%d sessions opened, %d connections left, %d messages: %v", opened, s.Connections, len(w.far.taken()), s.Closes)
		}
		if s.Closes[gate.ReasonAuth] == 0 || s.Closes[gate.ReasonPeer] != 3 { // those that measured
			t.Errorf("%v", s.Closes)
		}
		witness.roundTrip(1)
	})
}

// flipper writes a client's bytes with a bit of byte i changed; with i beyond
// them it writes nothing. It returns how many they are.
type flipper func(c *client, i int) int

func (w *world) flips(f flipper) int {
	c := w.dial()
	defer c.conn.Close()
	n := f(c, -1)
	synctest.Wait()
	return n
}

func (w *world) flip(f flipper, i int) { f(w.dial(), i) }

// writeFlipped writes b with a bit changed, unless i says to measure only.
func (c *client) writeFlipped(b []byte, i int) int {
	if i >= 0 {
		b = bytes.Clone(b)
		b[i] ^= 1 << (i % 8)
		c.write(b)
	}
	return len(b)
}

func (c *client) flipHello(i int) int {
	return c.writeFlipped(c.hello(secure.ClassicalAESGCM).Hello(), i)
}

func (c *client) flipLogin(i int) int {
	c.handshake()
	return c.writeFlipped(c.loginRecord(), i)
}

func (c *client) flipMessage(i int) int {
	if i < 0 {
		return frame.HeaderSize + c.note(1, "x").Size() + secure.RecordOverhead
	}
	c.handshake()
	c.enter(loginOf(fmt.Sprint("user", i), 1))
	return c.writeFlipped(c.seal(c.note(1, "x")), i)
}

// TestOneBitOfTheSessionID derives the session's keys with an id that is off
// by one bit: no record works.
func TestOneBitOfTheSessionID(t *testing.T) {
	attack(t, gate.ReasonAuth, func(w *world) {
		c := w.dial()
		c.handshake()
		body := c.say(loginOf("mallory", 6))
		c.expect(&c.welcome)
		id := c.welcome.Session
		id[15] ^= 1
		must(w.t, c.secure.Bind(id, body, c.welcome.Append(nil)))
		c.send(&msgdef.Ping{Nonce: 1})
		c.expectSilentEnd()
	})
}

// TestHostileLogin sends what a gate must not take before a login.
func TestHostileLogin(t *testing.T) {
	ping := &msgdef.Ping{Nonce: 1}
	for name, c := range map[string]struct {
		send   func(*client)
		reason gate.Reason
		of     msgdef.Type
		code   msgdef.ErrorCode
	}{
		"a ping": {func(c *client) { c.send(ping) },
			gate.ReasonUnexpected, msgdef.TypePing, msgdef.CodeUnexpected},
		"a message": {func(c *client) { c.send(c.note(1, "early")) },
			gate.ReasonUnexpected, msgdef.TypeSend, msgdef.CodeUnexpected},
		"a ping after login": {func(c *client) { c.send(goodLogin(), ping) },
			gate.ReasonUnexpected, msgdef.TypeLogin, msgdef.CodeUnexpected},
		"a record after login": {func(c *client) { c.write(append(c.seal(goodLogin()), c.seal(ping)...)) },
			gate.ReasonUnexpected, msgdef.TypeLogin, msgdef.CodeUnexpected},
		"a frame of a gate": {func(c *client) { c.send(&msgdef.LoginOK{}) },
			gate.ReasonUnexpected, msgdef.TypeLoginOK, msgdef.CodeUnexpected},
		"padding only": {func(c *client) { c.write(c.sealRaw(make([]byte, 40))) },
			gate.ReasonUnexpected, 0, msgdef.CodeUnexpected},
		"no frame": {func(c *client) { c.write(c.sealRaw([]byte{1, 0, 9, 9, 9})) },
			gate.ReasonMalformed, msgdef.TypeLogin, msgdef.CodeMalformed},
		"half a login": {func(c *client) { c.write(c.sealRaw([]byte{1, 0, 3, 0, 1, 1, 1})) },
			gate.ReasonMalformed, msgdef.TypeLogin, msgdef.CodeMalformed},
		"device 0": {func(c *client) { m := goodLogin(); m.Device = 0; c.send(m) },
			gate.ReasonLoginRefused, msgdef.TypeLogin, msgdef.CodeBadDevice},
		"a wrong password": {func(c *client) { m := goodLogin(); m.Secret = []byte("x"); c.send(m) },
			gate.ReasonLoginRefused, msgdef.TypeLogin, msgdef.CodeBadCredentials},
		"a better suite offered": {func(c *client) { m := goodLogin(); m.Suites = []byte{1, 3}; c.send(m) },
			gate.ReasonDowngrade, msgdef.TypeLogin, msgdef.CodeDowngrade},
		"no offer": {func(c *client) { m := goodLogin(); m.Suites = nil; c.send(m) },
			gate.ReasonDowngrade, msgdef.TypeLogin, msgdef.CodeDowngrade},
	} {
		t.Run(name, func(t *testing.T) {
			attack(t, c.reason, func(w *world) {
				h := w.dial()
				h.handshake()
				c.send(h)
				h.expectError(c.of, c.code)
				h.expectEnd()
			})
		})
	}
}

// goodLogin is a login that would be accepted.
func goodLogin() *msgdef.Login {
	m := loginOf("mallory", 6)
	m.Versions, m.Suites = []byte{secure.Version}, []byte{byte(secure.ClassicalAESGCM)}
	return m
}

// TestLargeRecordBeforeLogin is refused at its first two bytes.
func TestLargeRecordBeforeLogin(t *testing.T) {
	attack(t, gate.ReasonMalformed, func(w *world) {
		h := w.dial()
		h.handshake()
		h.write([]byte{0x11, 0x10}) // 4096 + 16 + 1
		h.expectSilentEnd()
	})
}

// TestHostileSession sends what a logged-in client must not.
func TestHostileSession(t *testing.T) {
	for name, c := range map[string]struct {
		send   func(*client)
		reason gate.Reason
		of     msgdef.Type
		code   msgdef.ErrorCode // CodeOK: the peer is not told
	}{
		"login again": {func(c *client) { c.send(goodLogin()) },
			gate.ReasonUnexpected, msgdef.TypeLogin, msgdef.CodeUnexpected},
		"a frame of a gate": {func(c *client) { c.send(&msgdef.Notify{USeq: 1}) },
			gate.ReasonUnexpected, msgdef.TypeNotify, msgdef.CodeUnexpected},
		"half a frame": {func(c *client) { c.write(c.sealRaw([]byte{1, 1, 200, 0, 1})) },
			gate.ReasonMalformed, 0, msgdef.CodeMalformed},
		"half a message": {func(c *client) { c.write(c.sealRaw([]byte{1, 1, 2, 0, 1, 1})) },
			gate.ReasonMalformed, msgdef.TypeSend, msgdef.CodeMalformed},
		"padding that is not": {func(c *client) { c.write(c.sealRaw([]byte{0, 0, 0, 0, 1})) },
			gate.ReasonMalformed, 0, msgdef.CodeMalformed},
		"a frame above 16 KiB": {func(c *client) { c.write(c.sealRaw([]byte{1, 1, 0xfd, 0x3f, 1})) },
			gate.ReasonMalformed, 0, msgdef.CodeMalformed},
		"a record above 16 KiB": {func(c *client) { c.write([]byte{0x11, 0x40}) },
			gate.ReasonMalformed, 0, msgdef.CodeOK},
		"an empty record": {func(c *client) { c.write([]byte{16, 0}) },
			gate.ReasonMalformed, 0, msgdef.CodeOK},
		"a record twice": {func(c *client) { r := c.seal(&msgdef.Ack{}); c.write(append(r, r...)) },
			gate.ReasonAuth, 0, msgdef.CodeOK},
		"a key update too early": {func(c *client) { c.send(&msgdef.KeyUpdate{}) },
			gate.ReasonMalformed, 0, msgdef.CodeMalformed},
		"nobody's bytes": {func(c *client) { c.write(bytes.Repeat([]byte{77}, 500)) },
			gate.ReasonMalformed, 0, msgdef.CodeOK},
	} {
		t.Run(name, func(t *testing.T) {
			attack(t, c.reason, func(w *world) {
				h := w.login("mallory", 6)
				c.send(h)
				if c.code == msgdef.CodeOK {
					h.expectSilentEnd()
					return
				}
				h.expectError(c.of, c.code)
				h.expectEnd()
			})
		})
	}
}

// TestWhatCameBeforeAViolationCounts sends a good message and a bad frame in
// one record.
func TestWhatCameBeforeAViolationCounts(t *testing.T) {
	attack(t, gate.ReasonUnexpected, func(w *world) {
		h := w.login("mallory", 6)
		h.send(h.note(1, "good"), goodLogin(), h.note(2, "after"))
		var ack msgdef.SendAck
		h.expect(&ack)
		h.expectError(msgdef.TypeLogin, msgdef.CodeUnexpected)
		h.expectEnd()
		synctest.Wait()
		if n := len(w.far.taken()); n != 2 { // one is the witness's
			w.t.Errorf("%d messages", n)
		}
	})
}

// TestPingFlood ends after more refusals than anybody honest gets.
func TestPingFlood(t *testing.T) {
	attack(t, gate.ReasonFlood, func(w *world) {
		h := w.login("mallory", 6)
		go h.flood(&msgdef.Ping{Nonce: 1})
		var busy, pongs int
		for {
			f, err := h.next()
			if err != nil {
				break
			}
			switch f.Type {
			case msgdef.TypeError:
				busy++
			case msgdef.TypePong:
				pongs++
			}
		}
		if refused := w.gate.Stats().Refused; refused != 2048 || busy > 2049 || pongs > 200 {
			w.t.Errorf("%d refused, %d told, %d answered", refused, busy, pongs)
		}
	})
}

// flood writes the same frame for as long as the connection takes it.
func (c *client) flood(m frame.Message) {
	frames := bytes.Repeat(frame.Append(nil, m), 100)
	for {
		record, err := c.secure.Out.Append(nil, frames, time.Now())
		if err == nil {
			_, err = c.conn.Write(record)
		}
		if err != nil {
			return
		}
	}
}

// TestSlowloris begins a record and goes on byte by byte, too slowly.
func TestSlowloris(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		witness, h := w.login("witness", 1), w.login("mallory", 6)
		record := h.seal(h.note(1, strings.Repeat("x", 100)))
		start := time.Now()
		for _, b := range record {
			if _, err := h.conn.Write([]byte{b}); err != nil {
				break
			}
			time.Sleep(time.Second)
		}
		if took := time.Since(start); took < 10*time.Second || took > 13*time.Second {
			t.Errorf("closed after %v", took)
		}
		synctest.Wait()
		w.wantCloses(gate.ReasonSlowRecord, 1)
		witness.roundTrip(1)
	})
}

// TestHalfOpen leaves a session whose peer is gone without a word.
func TestHalfOpen(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		witness, dead := w.login("witness", 1), w.login("dead", 6)
		for i := range uint64(5) {
			time.Sleep(10 * time.Second)
			witness.send(&msgdef.Ping{Nonce: i})
			var pong msgdef.Pong
			witness.expect(&pong)
			if want := int(i) / 4; w.closes(gate.ReasonIdle) != want { // after 45 s
				t.Errorf("%d closed after %d s", w.closes(gate.ReasonIdle), 10*(i+1))
			}
		}
		dead.expectSilentEnd()
		if w.far.live() != 1 {
			t.Errorf("%d sessions", w.far.live())
		}
	})
}

// TestManyAtOnce opens sessions concurrently with garbage in between.
func TestManyAtOnce(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		var group sync.WaitGroup
		for i := range 50 {
			group.Go(func() {
				c := w.login(fmt.Sprint("user", i), 1)
				for n := range uint64(10) {
					c.roundTrip(n + 1)
				}
			})
			group.Go(func() { w.dial().write([]byte("garbage")) })
		}
		group.Wait()
		synctest.Wait()
		w.wantCloses(gate.ReasonGarbage, 50)
		if s := w.gate.Stats(); s.Sessions != 50 || s.MessagesIn != 500 {
			t.Errorf("%+v", s)
		}
	})
}
