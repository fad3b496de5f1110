package secure

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef/frame"
)

// limited is bound with limits on both sides.
func (w *world) limited(suite Suite, limits Limits) ends {
	w.tb.Helper()
	e := w.connectWith(ClientConfig{Suite: suite, Limits: limits}, ServerConfig{Limits: limits})
	e.bind(w.tb)
	return e
}

func TestRekeyByRecords(t *testing.T) {
	w := newWorld(t)
	for _, suite := range suites() {
		e := w.limited(suite, Limits{Records: 3})
		for _, d := range e.directions() {
			first := d.out.secret
			for i := range 20 {
				want := fmt.Sprint(i)
				b := seal(t, d.out, text(want))
				if update := len(b) > RecordOverhead+len(text(want)); update != (i > 0 && i%3 == 0) {
					t.Errorf("%v %s: message %d has a KeyUpdate before it: %v", suite, d.name, i, update)
				}
				if got, err := receive(d.in, b); err != nil || !slices.Equal(got, []string{want}) {
					t.Fatalf("%v %s: message %d: %q, %v", suite, d.name, i, got, err)
				}
			}
			if d.out.secret == first || d.in.secret != d.out.secret || d.in.records != 2 {
				t.Errorf("%v %s: not rekeyed as it should", suite, d.name)
			}
		}
	}
}

func TestRekeyByBytes(t *testing.T) {
	e := newWorld(t).limited(HybridAESGCM, Limits{Bytes: 1000})
	body := strings.Repeat("x", 496) // 500 with its header
	for i := range 9 {
		b := seal(t, &e.client.Out, text(body))
		if update := len(b) > RecordOverhead+500; update != (i > 0 && i%2 == 0) {
			t.Errorf("message %d: KeyUpdate %v", i, update)
		}
		if _, err := receive(&e.server.In, b); err != nil {
			t.Fatalf("message %d: %v", i, err)
		}
	}
}

func TestRekeyInTheMiddleOfOneCall(t *testing.T) {
	e := newWorld(t).limited(HybridChaCha, Limits{Records: 2})
	frames := slices.Repeat(text(strings.Repeat("x", 9000)), 7)
	got, err := receive(&e.server.In, seal(t, &e.client.Out, frames))
	if err != nil || len(got) != 7 || e.server.In.secret != e.client.Out.secret {
		t.Errorf("%d frames, %v", len(got), err)
	}
}

func TestRekeyByAge(t *testing.T) {
	e := newWorld(t).bound(HybridAESGCM)
	send := func(after time.Duration) (updated bool) {
		t.Helper()
		before := e.client.Out.secret
		b := ok[[]byte](t)(e.client.Out.Append(nil, text("x"), now.Add(after)))
		if _, err := receive(&e.server.In, b); err != nil {
			t.Fatal(err)
		}
		return e.client.Out.secret != before
	}
	for _, c := range []struct {
		after time.Duration
		want  bool
	}{
		{5 * time.Hour, false}, // a key is as old as its first record
		{5*time.Hour + MaxKeyAge - time.Millisecond, false},
		{5*time.Hour + MaxKeyAge, true},
		{6*time.Hour + MaxKeyAge - time.Millisecond, false},
		{9 * time.Hour, true},
	} {
		if got := send(c.after); got != c.want {
			t.Errorf("after %v: rekeyed %v", c.after, got)
		}
	}
}

func TestReceiverRefusesAnOverusedKey(t *testing.T) {
	w := newWorld(t)
	for name, limits := range map[string]Limits{"records": {Records: 3}, "bytes": {Bytes: 3}} {
		c := w.clientWith(ClientConfig{Suite: ClassicalAESGCM})
		reply, server, err := w.serverWith(ServerConfig{Limits: limits}).Hello(c.Hello())
		if err != nil {
			t.Fatal(err)
		}
		e := ends{ok[*Session](t)(c.Reply(reply)), server}
		e.bind(t)
		body := strings.Repeat("x", frame.MaxBody)
		for i := 0; err == nil; i++ {
			if i > 4 {
				t.Fatalf("%s: %d records opened", name, i)
			}
			_, err = receive(&e.server.In, seal(t, &e.client.Out, text(body)))
		}
		if !errors.Is(err, ErrKeyLimit) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKeyUpdateIsTheLastFrame(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		name  string
		plain []byte
		want  error
	}{
		{"alone", keyUpdate(), nil},
		{"behind a frame", append(text("y"), keyUpdate()...), nil},
		{"padded", append(keyUpdate(), 0, 0, 0, 0, 0), nil},
		{"before a frame", append(keyUpdate(), text("y")...), ErrMalformed},
		{"twice", append(keyUpdate(), keyUpdate()...), ErrMalformed},
		{"before bad padding", append(keyUpdate(), 0, 1), ErrMalformed},
	} {
		e := w.bound(HybridAESGCM)
		if _, err := receive(&e.server.In, seal(t, &e.client.Out, text("x"))); err != nil {
			t.Fatal(err)
		}
		record := sealPlain(&e.client.Out, c.plain)
		e.client.Out.install(e.client.Out.secret.next())
		_, err := receive(&e.server.In, append(record, seal(t, &e.client.Out, text("z"))...))
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestAFreshKeyIsNotUpdated(t *testing.T) {
	e := newWorld(t).bound(HybridAESGCM)
	if _, err := receive(&e.server.In, sealPlain(&e.client.Out, keyUpdate())); !errors.Is(err, ErrMalformed) {
		t.Errorf("KeyUpdate in the first record of a key: %v", err)
	}
}

func TestTheOldKeyIsGone(t *testing.T) {
	e := newWorld(t).limited(HybridAESGCM, Limits{Records: 1})
	old := e.client.Out.traffic
	if _, err := receive(&e.server.In, seal(t, &e.client.Out, text("1"))); err != nil {
		t.Fatal(err)
	}
	if _, err := receive(&e.server.In, seal(t, &e.client.Out, text("2"))); err != nil {
		t.Fatal(err)
	}
	stale := Sealer{traffic: old}
	stale.records = e.client.Out.records
	if _, err := receive(&e.server.In, sealPlain(&stale, text("3"))); !errors.Is(err, ErrAuth) {
		t.Errorf("a record under the key before: %v", err)
	}
}
