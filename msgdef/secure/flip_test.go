package secure

import (
	"bytes"
	"testing"
)

// A connection is closed when the gate or the client returns an error, or when
// a changed length makes it wait for bytes that never come until its deadline
// passes. These tests take either for closed; a session on both sides is not.

// TestOneFlippedBitOfAHandshakeCloses flips every bit of both packets in the
// classical suites. A hybrid packet is ten times as long and costs ML-KEM on
// top, so there every byte has one of its bits flipped.
func TestOneFlippedBitOfAHandshakeCloses(t *testing.T) {
	w := newWorld(t)
	for _, suite := range suites() {
		t.Run(suite.String(), func(t *testing.T) {
			t.Parallel()
			w := w.in(t)
			c, s := w.client(suite, 3), w.server(4)
			reply, _, err := s.Hello(c.Hello())
			if err != nil {
				t.Fatal(err)
			}
			for _, bit := range bits(suite, c.Hello()) {
				if w.survivesHello(suite, flip(c.Hello(), bit)) {
					t.Errorf("hello: a session in spite of bit %d", bit)
				}
			}
			for _, bit := range bits(suite, reply) {
				if w.survivesReply(suite, flip(reply, bit)) {
					t.Errorf("reply: a session in spite of bit %d", bit)
				}
			}
			if !w.survivesHello(suite, c.Hello()) || !w.survivesReply(suite, reply) {
				t.Error("no session without a flipped bit either")
			}
		})
	}
}

// bits returns the numbers of the bits to flip in packet.
func bits(suite Suite, packet []byte) (list []int) {
	for i := range packet {
		if suite.Hybrid() {
			list = append(list, 8*i+i*5%8)
			continue
		}
		for bit := range 8 {
			list = append(list, 8*i+bit)
		}
	}
	return list
}

func flip(b []byte, bit int) []byte {
	b = bytes.Clone(b)
	b[bit/8] ^= 1 << (bit % 8)
	return b
}

// survivesHello tells whether a session comes out of a changed Hello.
func (w *world) survivesHello(suite Suite, packet []byte) bool {
	n, err := HelloSize(packet)
	if err != nil || n == 0 {
		return false
	}
	reply, _, err := w.server(4).Hello(packet[:n])
	return err == nil && w.survivesReply(suite, reply)
}

// survivesReply tells whether the client makes a session of a changed Reply to
// its true Hello.
func (w *world) survivesReply(suite Suite, packet []byte) bool {
	n, err := ReplySize(packet)
	if err != nil || n == 0 {
		return false
	}
	_, err = w.client(suite, 3).Reply(packet[:n])
	return err == nil
}

// TestOneFlippedBitOfARecordCloses flips every bit of a record with others
// behind it, so that a length that grew finds its bytes.
func TestOneFlippedBitOfARecordCloses(t *testing.T) {
	w := newWorld(t)
	for _, suite := range suites() {
		t.Run(suite.String(), func(t *testing.T) {
			t.Parallel()
			for _, d := range w.in(t).bound(suite).directions() {
				record := seal(t, d.out, text("a message"))
				behind := seal(t, d.out, bytes.Repeat(text(string(make([]byte, 1000))), 80))
				for bit := range 8 * len(record) {
					in := *d.in
					got, err := receive(&in, append(flip(record, bit), behind...))
					if err == nil || len(got) != 0 {
						t.Fatalf("%s: bit %d: read %d frames, %v", d.name, bit, len(got), err)
					}
				}
				if got, err := receive(d.in, append(record, behind...)); err != nil || len(got) != 81 {
					t.Errorf("%s: without a flipped bit: read %d frames, %v", d.name, len(got), err)
				}
			}
		})
	}
}

// TestAFailedDirectionStaysDead feeds the honest record after the changed one.
func TestAFailedDirectionStaysDead(t *testing.T) {
	e := newWorld(t).bound(HybridChaCha)
	record := seal(t, &e.client.Out, text("a message"))
	_, first := receive(&e.server.In, flip(record, 100))
	if first == nil {
		t.Fatal("opened")
	}
	if _, err := receive(&e.server.In, record); err != first {
		t.Errorf("Open after a failure: %v, want the first error again", err)
	}
	if _, _, err := e.server.In.Next(); err != first {
		t.Errorf("Next after a failure: %v, want the first error again", err)
	}
}

// TestOneChangedBitOfTheSessionID binds the two sides to ids that differ in a
// bit, for every bit: no record opens, in either direction.
func TestOneChangedBitOfTheSessionID(t *testing.T) {
	w := newWorld(t)
	hello, reply, _ := w.transcript(HybridAESGCM)
	for bit := range 128 {
		e := w.replay(HybridAESGCM, hello, reply)
		id := sessionID()
		bindTo(t, e.server, id, "login", "login ok")
		bindTo(t, e.client, [16]byte(flip(id[:], bit)), "login", "login ok")
		noneOpens(t, e, bit)
	}
}

// TestOneChangedByteOfTheLogin does the same with the bodies of the login.
func TestOneChangedByteOfTheLogin(t *testing.T) {
	w := newWorld(t)
	hello, reply, _ := w.transcript(HybridChaCha)
	for i, bodies := range [][2]string{{"logim", "login ok"}, {"login", "login oj"}, {"loginl", "ogin ok"}, {"", ""}} {
		e := w.replay(HybridChaCha, hello, reply)
		bindTo(t, e.server, sessionID(), "login", "login ok")
		bindTo(t, e.client, sessionID(), bodies[0], bodies[1])
		noneOpens(t, e, i)
	}
}

// transcript returns the packets of a handshake with everything drawn from
// seeds, which replay repeats.
func (w *world) transcript(suite Suite) (hello, reply []byte, server *Session) {
	w.tb.Helper()
	c := w.client(suite, 3)
	reply, server, err := w.server(4).Hello(c.Hello())
	if err != nil {
		w.tb.Fatal(err)
	}
	return c.Hello(), reply, server
}

func (w *world) replay(suite Suite, hello, reply []byte) ends {
	w.tb.Helper()
	_, server, err := w.server(4).Hello(hello)
	if err != nil {
		w.tb.Fatal(err)
	}
	return ends{ok[*Session](w.tb)(w.client(suite, 3).Reply(reply)), server}
}

func bindTo(t *testing.T, s *Session, id [16]byte, login, loginOK string) {
	t.Helper()
	if err := s.Bind(id, []byte(login), []byte(loginOK)); err != nil {
		t.Fatal(err)
	}
}

// noneOpens sends three records each way and wants each refused by an Opener
// that saw none before it.
func noneOpens(t *testing.T, e ends, what int) {
	t.Helper()
	for _, d := range e.directions() {
		for i := range uint64(3) {
			fresh := *d.in
			fresh.records = uint32(i)
			if got, err := receive(&fresh, seal(t, d.out, text("x"))); err != ErrAuth {
				t.Fatalf("change %d, %s, record %d: %q, %v", what, d.name, i, got, err)
			}
		}
	}
}
