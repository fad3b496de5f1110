package secure

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/sim-im/sim/msgdef/frame"
)

// TestARecordingGetsNowhere replays everything a client sent to a gate that
// draws fresh keys, as every gate does: the handshake is answered, for it
// holds nothing secret, and the first record ends it.
func TestARecordingGetsNowhere(t *testing.T) {
	w := newWorld(t)
	for _, suite := range suites() {
		c, s := w.client(suite, 3), w.serverWith(ServerConfig{})
		reply, server, err := s.Hello(c.Hello())
		if err != nil {
			t.Fatal(err)
		}
		client := ok[*Session](t)(c.Reply(reply))
		login := seal(t, &client.Out, text("login"))
		if _, err := receive(&server.In, login); err != nil {
			t.Fatalf("%v: the recorded session itself: %v", suite, err)
		}

		_, again, err := s.Hello(c.Hello())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := receive(&again.In, login); !errors.Is(err, ErrAuth) || len(got) != 0 {
			t.Errorf("%v: the replayed login: %q, %v", suite, got, err)
		}
	}
}

// TestARecordedReplyGetsNowhere gives a client the gate's side of another
// session.
func TestARecordedReplyGetsNowhere(t *testing.T) {
	w := newWorld(t)
	_, reply, _ := w.transcript(HybridAESGCM)
	if _, err := w.client(HybridAESGCM, 5).Reply(reply); !errors.Is(err, ErrAuth) {
		t.Errorf("a recorded reply: %v", err)
	}
}

func TestRecordsOpenOnceAndInOrder(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		name  string
		order []int
		read  int // frames before the failure
	}{
		{"repeated", []int{0, 0}, 1},
		{"repeated later", []int{0, 1, 0}, 2},
		{"reordered", []int{1, 0}, 0},
		{"dropped", []int{0, 2}, 1},
		{"first dropped", []int{1}, 0},
	} {
		for _, d := range w.bound(HybridAESGCM).directions() {
			var records [][]byte
			for range 3 {
				records = append(records, seal(t, d.out, text("x")))
			}
			var sent []byte
			for _, i := range c.order {
				sent = append(sent, records[i]...)
			}
			got, err := receive(d.in, sent)
			if !errors.Is(err, ErrAuth) || len(got) != c.read {
				t.Errorf("%s %s: read %d, %v", c.name, d.name, len(got), err)
			}
		}
	}
}

func TestARecordIsOfOneDirection(t *testing.T) {
	e := newWorld(t).bound(ClassicalAESGCM)
	if _, err := receive(&e.client.In, seal(t, &e.client.Out, text("x"))); !errors.Is(err, ErrAuth) {
		t.Errorf("a record sent back to its sender: %v", err)
	}
}

func TestLoginRecordsFailAfterBind(t *testing.T) {
	w := newWorld(t)
	e := w.connect(HybridAESGCM)
	late := seal(t, &e.client.Out, text("x"))
	e.bind(t)
	if _, err := receive(&e.server.In, late); !errors.Is(err, ErrAuth) {
		t.Errorf("a record under the login key after Bind: %v", err)
	}
}

func TestBindOnceAndAtTheEndOfARecord(t *testing.T) {
	e := newWorld(t).connect(HybridAESGCM)
	padded := append(text("login ok"), 0, 0, 0, 0, 0, 0)
	if _, err := e.client.In.Open(sealPlain(&e.server.Out, padded)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := e.client.In.Next(); err != nil {
		t.Fatal(err)
	}
	e.bind(t)
	talk(t, e, "after padding")
	if err := e.client.Bind(sessionID(), nil, nil); !errors.Is(err, ErrBound) {
		t.Errorf("bound twice: %v", err)
	}
}

func TestNothingFollowsTheLoginUnderItsKey(t *testing.T) {
	e := newWorld(t).connect(HybridAESGCM)
	record := seal(t, &e.client.Out, slices.Concat(text("login"), text("too early")))
	if _, err := e.server.In.Open(record); err != nil {
		t.Fatal(err)
	}
	if f, _, err := e.server.In.Next(); err != nil || !bytes.Equal(f.Body, []byte("login")) {
		t.Fatal(f, err)
	}
	if err := e.server.Bind(sessionID(), nil, nil); !errors.Is(err, ErrMalformed) {
		t.Errorf("Bind: %v", err)
	}
	if _, err := e.server.Out.Append(nil, text("x"), now); !errors.Is(err, ErrMalformed) {
		t.Errorf("the other direction lives on: %v", err)
	}
	if _, _, err := e.server.In.Next(); !errors.Is(err, ErrMalformed) {
		t.Errorf("this direction lives on: %v", err)
	}
}

func TestKeysAreForgotten(t *testing.T) {
	e := newWorld(t).connect(HybridAESGCM)
	if e.client.origin.base == (secret{}) {
		t.Fatal("no base secret before Bind")
	}
	e.bind(t)
	if e.client.origin.base != (secret{}) || e.server.origin.base != (secret{}) {
		t.Error("the base secret outlives Bind")
	}
	if _, err := e.server.In.Open([]byte{0, 0}); err == nil {
		t.Fatal("opened")
	}
	if in := &e.server.In; in.secret != (secret{}) || in.work.AEAD != nil {
		t.Error("the key outlives the direction")
	}
}

func TestTheFirstErrorOfADirectionStays(t *testing.T) {
	e := newWorld(t).connect(HybridAESGCM)
	if _, err := receive(&e.server.In, flip(seal(t, &e.client.Out, text("x")), 99)); !errors.Is(err, ErrAuth) {
		t.Fatal(err)
	}
	if _, err := e.server.Out.Append(nil, make([]byte, MaxPlaintext+1), now); !errors.Is(err, frame.ErrMalformed) {
		t.Fatal(err)
	}
	if err := e.server.Bind(sessionID(), nil, nil); !errors.Is(err, frame.ErrMalformed) {
		t.Errorf("Bind with both directions dead: %v", err)
	}
	if _, _, err := e.server.In.Next(); !errors.Is(err, ErrAuth) {
		t.Errorf("In now fails with %v", err)
	}
}
