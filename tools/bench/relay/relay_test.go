package relay_test

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"testing"
	"time"

	engine "github.com/cockroachdb/pebble/v2"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/gate/transport/tcp"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/tools/bench"
	"github.com/sim-im/sim/tools/bench/relay"
	"github.com/sim-im/sim/tools/keys"
)

// running is a relay under test.
type running struct {
	*relay.Server
	bench.Target
	store string // folder of commits; "" of a bare relay
}

// start runs a relay and returns it with a function that ends it.
func start(t *testing.T, commit bool) (r running, stop func()) {
	t.Helper()
	folder := keys.Folder{Dir: t.TempDir()}
	if err := folder.Make(); err != nil {
		t.Fatal(err)
	}
	key, err := folder.GateKey("relay")
	if err != nil {
		t.Fatal(err)
	}
	l, err := tcp.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if commit {
		r.store = filepath.Join(folder.Dir, "store")
	}
	r.Server, err = relay.New(relay.Options{Listener: l, Key: key, Dir: r.store})
	if err != nil {
		t.Fatal(err)
	}
	r.Target = bench.Target{Servers: []string{l.Addr()}, Roots: folder.RootsFile()}
	served := make(chan error, 1)
	go func() { served <- r.Serve() }()
	return r, func() {
		t.Helper()
		if err := errors.Join(r.Close(), <-served); err != nil {
			t.Error(err)
		}
	}
}

// kinds runs a test on both relays.
func kinds(t *testing.T, test func(t *testing.T, commit bool)) {
	t.Run("bare", func(t *testing.T) { test(t, false) })
	t.Run("committing", func(t *testing.T) { test(t, true) })
}

// TestPairs has the load generator check every message, acknowledgement and
// sequence.
func TestPairs(t *testing.T) {
	kinds(t, func(t *testing.T, commit bool) {
		r, stop := start(t, commit)
		defer stop()
		for _, plan := range []bench.Plan{{InFlight: 1}, {InFlight: 16}, {InFlight: 1, Rate: 500}} {
			plan.Mode, plan.Target, plan.Clients, plan.Size, plan.Procs = bench.Pairs, r.Target, 8, 200, 1
			plan.Duration = 200 * time.Millisecond
			report, err := bench.Run(t.Context(), plan, io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			if err := report.Err(); err != nil || report.Measure("delivered").Count == 0 {
				t.Errorf("%d in flight, %g/s: %v, delivered %d", plan.InFlight, plan.Rate, err, report.Measure("delivered").Count)
			}
		}
		if s := r.Stats(); s.MessagesIn != s.MessagesOut || s.Writes == 0 || s.Reads == 0 || (s.Commits > 0) != commit {
			t.Errorf("%+v", s)
		}
	})
}

// TestGroup has the load generator check what all members of a group get, and the
// committing relay refuse one.
func TestGroup(t *testing.T) {
	plan := bench.Plan{Mode: bench.Group, Clients: 200, Senders: 2, InFlight: 8, Size: 200, Procs: 1, Duration: 300 * time.Millisecond}
	kinds(t, func(t *testing.T, commit bool) {
		r, stop := start(t, commit)
		defer stop()
		plan := plan
		plan.Target = r.Target
		report, err := bench.Run(t.Context(), plan, io.Discard)
		if commit {
			var refused *client.Error
			if !errors.As(err, &refused) || refused.Code != msgdef.CodeUnknownConversation {
				t.Errorf("a group at a relay that has none: %v", err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := report.Err(); err != nil || report.Measure("delivered").Count == 0 {
			t.Errorf("%v, delivered %d", err, report.Measure("delivered").Count)
		}
	})
}

// connect logs an account in.
func connect(t *testing.T, r running, account string, hear func(*client.Message)) *client.Client {
	t.Helper()
	c, err := client.New(client.Options{
		Addresses: r.Servers, Roots: readRoots(t, r.Roots), Dialer: client.TCPOnly(), Account: account, Password: "any", OnMessage: hear,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestMessage follows one message to the receiver and into the rows.
func TestMessage(t *testing.T) {
	kinds(t, func(t *testing.T, commit bool) {
		r, stop := start(t, commit)
		got := make(chan *client.Message, 1)
		alice, bob := connect(t, r, "alice", nil), connect(t, r, "bob", func(m *client.Message) { got <- m.Clone() })
		conv := msgdef.Pair(alice.UID(), bob.UID())
		sent, err := alice.Send(t.Context(), conv, msgdef.ContentText, []byte("hello"))
		if err != nil || sent.CSeq != 1 || sent.USeq != 1 || sent.At == 0 {
			t.Fatalf("%+v, %v", sent, err)
		}
		m := <-got
		if m.USeq != 1 || m.CSeq != 1 || m.From != alice.UID() || m.Counter != sent.Counter || m.At != sent.At || string(m.Body) != "hello" {
			t.Errorf("bob got %+v", m)
		}
		if err := errors.Join(alice.Close(), bob.Close()); err != nil {
			t.Error(err)
		}
		stop()
		if commit {
			checkRows(t, r.store, m)
		}
	})
}

// checkRows looks for the four rows of the only message in a store.
func checkRows(t *testing.T, dir string, m *client.Message) {
	t.Helper()
	db, err := engine.Open(dir, &engine.Options{FormatMajorVersion: engine.FormatValueSeparation})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.NewIter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	shapes := ""
	for ok := rows.First(); ok; ok = rows.Next() {
		key, value := rows.Key(), rows.Value()
		shapes += string(key[:1])
		if want := map[byte][2]int{'d': {25, 32}, 'i': {17, 24}, 'm': {25, m.Size()}}[key[0]]; want != [2]int{len(key), len(value)} {
			t.Errorf("row %q has a key of %d bytes and a value of %d, want %d", key[:1], len(key), len(value), want)
		}
		if key[0] == 'm' && !bytes.Equal(value, m.Message.Append(nil)) {
			t.Errorf("the stored message is not the one that was sent")
		}
	}
	if shapes != "diim" {
		t.Errorf("rows %q, want those of one message", shapes)
	}
}

// TestRefusals sends to whom nobody can send.
func TestRefusals(t *testing.T) {
	r, stop := start(t, false)
	defer stop()
	alice := connect(t, r, "alice", nil)
	for _, conv := range []msgdef.Conversation{msgdef.Pair(alice.UID(), 99), msgdef.Pair(alice.UID(), alice.UID()), {}} {
		_, err := alice.Send(t.Context(), conv, msgdef.ContentText, nil)
		var refused *client.Error
		if !errors.As(err, &refused) || refused.Code != msgdef.CodeUnknownConversation {
			t.Errorf("to %x: %v", conv, err)
		}
	}
}

// TestAgain has a device come back by token and go on where it was.
func TestAgain(t *testing.T) {
	kinds(t, func(t *testing.T, commit bool) {
		r, stop := start(t, commit)
		defer stop()
		state := new(client.MemoryState)
		bob := connect(t, r, "bob", nil)
		for want := uint64(1); want <= 3; want++ {
			alice, err := client.New(client.Options{
				Addresses: r.Servers, Roots: readRoots(t, r.Roots), Dialer: client.TCPOnly(), Account: "alice", Password: "any", State: state,
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := alice.Connect(t.Context()); err != nil {
				t.Fatal(err)
			}
			sent, err := alice.Send(t.Context(), msgdef.Pair(alice.UID(), bob.UID()), msgdef.ContentText, []byte("again"))
			if err != nil || sent.CSeq != want || sent.USeq != want {
				t.Errorf("session %d: %+v, %v", want, sent, err)
			}
			if err := alice.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}
