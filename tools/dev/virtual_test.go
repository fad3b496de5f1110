package dev

import (
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/gate/client"
	transport "github.com/sim-im/sim/gate/transport/memory"
	"github.com/sim-im/sim/imservice"
	"github.com/sim-im/sim/imservice/store/pebble"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/secure"
	"github.com/sim-im/sim/route"
	"github.com/sim-im/sim/route/registry/memory"
)

// inMemory is all parts of a server in a bubble with a clock of its own: nothing
// in it touches a socket or a file.
type inMemory struct {
	t       *testing.T
	network transport.Network
	roots   *secure.Roots
}

// virtual runs a test with one.
func virtual(t *testing.T, test func(t *testing.T, w *inMemory)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &inMemory{t: t}
		w.start()
		test(t, w)
	})
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *inMemory) start() {
	t := w.t
	db, err := pebble.Open(pebble.Options{Dir: "store", FS: vfs.NewMem(), MinFree: -1})
	check(t, err)
	service, err := imservice.New(imservice.Options{
		Store: db, OpenRegistration: true, Exempt: exempt,
		Password: imservice.PasswordCost{MemoryKiB: 64, Iterations: 1, Parallelism: 1},
	})
	check(t, err)
	router, err := route.New(route.Options{Service: service, Tickets: memory.New().Tickets("region")})
	check(t, err)
	service.Start(router)
	g, err := gate.New(gate.Options{ID: "gate", Route: router, Key: w.key(), TicketKeys: ticketKeys(t), Times: gate.Times{GoAway: -1, Proof: time.Hour}})
	check(t, err)
	router.AttachGate(g.ID(), g.Epoch(), g)
	l, err := w.network.Listen("gate")
	check(t, err)
	served := make(chan error, 1)
	go func() { served <- g.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		check(t, g.Shutdown(ctx))
		<-served
		router.Close()
		check(t, service.Close(ctx))
		check(t, db.Close())
	})
}

// key is certified for longer than any test takes.
func (w *inMemory) key() *secure.GateKey {
	root, err := secure.NewRootKey(rand.Reader)
	check(w.t, err)
	w.roots, err = secure.NewRoots(root.Public())
	check(w.t, err)
	key, err := secure.NewGateKey(rand.Reader, root, "gate", time.Now().Add(-time.Hour), time.Now().Add(60*24*time.Hour))
	check(w.t, err)
	return key
}

func ticketKeys(t *testing.T) *secure.TicketKeys {
	keys, err := secure.NewTicketKeys(rand.Reader)
	check(t, err)
	return keys
}

// user connects a device of a user, on a way that may be flaky.
func (w *inMemory) user(name string, way *flaky) (*client.Client, *comebacks, *inboxOf) {
	w.t.Helper()
	came, got := &comebacks{}, &inboxOf{}
	c, err := client.New(client.Options{
		Address: "gate", Dialer: way, Roots: w.roots, Account: name, Password: "secret",
		OnState: came.note, OnMessage: got.add, State: &keeping{},
	})
	check(w.t, err)
	w.t.Cleanup(func() { c.Close() })
	for c.Connect(context.Background()) != nil {
		time.Sleep(time.Second)
	}
	return c, came, got
}

// inboxOf is what came, in its order.
type inboxOf struct{ texts []string }

func (i *inboxOf) add(m *client.Message) { i.texts = append(i.texts, string(m.Body)) }

// TestResumeThroughTrouble cuts connections all the time, many in the middle of a
// login. What was acknowledged is there, once, in its sender's order.
func TestResumeThroughTrouble(t *testing.T) {
	for seed := range uint64(5) {
		virtual(t, func(t *testing.T, w *inMemory) {
			random := mathrand.New(mathrand.NewPCG(seed, 2))
			ways := []*flaky{{Dialer: &w.network, random: mathrand.New(mathrand.NewPCG(seed, 1))}, {Dialer: &w.network, random: mathrand.New(mathrand.NewPCG(seed, 3))}}
			alice, came, _ := w.user("bench-alice", ways[0])
			bob, _, got := w.user("bench-bob", ways[1])
			conv := msgdef.Pair(alice.UID(), bob.UID())
			var want []string
			var pending []*client.Handle
			for i := range 200 {
				want = append(want, fmt.Sprint(i))
				pending = append(pending, alice.Queue(conv, msgdef.ContentText, []byte(want[i])))
				time.Sleep(time.Duration(random.IntN(1000)) * time.Millisecond)
				if i%10 == 0 {
					ways[random.IntN(2)].cut()
				}
			}
			for i, h := range pending {
				if _, err := h.Wait(t.Context()); err != nil {
					t.Errorf("message %d: %v", i, err)
				}
			}
			for end := time.Now().Add(time.Hour); bob.Cursor() < uint64(len(want)) && time.Now().Before(end); {
				time.Sleep(time.Second)
			}
			check(t, bob.Close()) // so that nothing is added any more
			if !slices.Equal(got.texts, want) {
				t.Errorf("seed %d: bob got %d of %d: %v", seed, len(got.texts), len(want), got.texts)
			}
			if full, resumed := came.counts(); resumed == 0 || full == 0 {
				t.Errorf("seed %d: %d logins with a proof, %d with a ticket", seed, full, resumed)
			}
		})
	}
}

// TestProofAsOftenAsTheGateWants flaps for hours, of which each has to have a
// login with a proof.
func TestProofAsOftenAsTheGateWants(t *testing.T) {
	virtual(t, func(t *testing.T, w *inMemory) {
		way := &flaky{Dialer: &w.network}
		_, came, _ := w.user("alice", way)
		for range 8 {
			time.Sleep(25 * time.Minute)
			way.cut()
		}
		time.Sleep(time.Minute)
		if full, resumed := came.counts(); full != 3 || resumed != 6 {
			t.Errorf("%d logins with a proof, %d with a ticket", full, resumed)
		}
	})
}
