package dev

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/codec"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/vectors/kinds"
	"github.com/sim-im/sim/route/app"
)

// guest is a user who asks a business service numbers, and what came back.
type guest struct {
	*user
	mu      sync.Mutex
	answers map[uint64]int              // how often each number was answered
	refused map[uint64]msgdef.ErrorCode // by the number of the frame
	told    []string                    // texts
}

// guest connects a new device of a user that speaks a codec.
func (w *world) guest(name string, in codec.ID) *guest {
	w.t.Helper()
	g := &guest{answers: map[uint64]int{}, refused: map[uint64]msgdef.ErrorCode{}}
	o := w.options(name)
	o.Codec = in
	o.OnFrame = func(f client.Frame) {
		if err := client.Dispatch(f, new(kinds.DownDecoder), kinds.DownHandler(frames{g: g}), kinds.FromJSON); err != nil {
			w.t.Errorf("%s got %v: %v", name, f.Type, err)
		}
	}
	o.OnRefused = func(r client.Refused) {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.refused[r.Number] = r.Err.Code
	}
	g.user = w.connect(o)
	return g
}

// frames takes what services send.
type frames struct {
	kinds.DownHandler
	g *guest
}

// HandleNames takes the answer to a number.
func (f frames) HandleNames(m *kinds.Names) error {
	f.g.mu.Lock()
	defer f.g.mu.Unlock()
	f.g.answers[m.UserID]++
	return nil
}

// HandleTexts takes what a service tells.
func (f frames) HandleTexts(m *kinds.Texts) error {
	f.g.mu.Lock()
	defer f.g.mu.Unlock()
	f.g.told = append(f.g.told, strings.Clone(m.Text))
	return nil
}

// ask asks a number.
func (g *guest) ask(n uint64) (frame uint64) {
	g.t.Helper()
	frame, err := client.Tell(g.Client, &kinds.Names{UserID: n})
	if err != nil {
		g.t.Fatal(err)
	}
	return frame
}

// settled returns whether each of n frames has an answer or a refusal.
func (g *guest) settled(n int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.answers)+len(g.refused) >= n
}

// heard returns what the guest was told.
func (g *guest) heard() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.told)
}

// refusals returns the codes of refusals, each once.
func (g *guest) refusals() []msgdef.ErrorCode {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Compact(slices.Sorted(maps.Values(g.refused)))
}

// duplicates returns the numbers that were answered more than once.
func (g *guest) duplicates() (list []uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for n, times := range g.answers {
		if times > 1 {
			list = append(list, n)
		}
	}
	return list
}

// answering is a service that answers numbers.
type answering struct {
	kinds.UpHandler
	*app.Call
}

// HandleNames answers a number with itself.
func (a answering) HandleNames(m *kinds.Names) error {
	return app.Reply(a.Call, &kinds.Names{UserID: m.UserID})
}

func answer(c *app.Call) error {
	return app.Dispatch(c, new(kinds.UpDecoder), kinds.UpHandler(answering{Call: c}), kinds.FromJSON)
}

// withRPC has a server take claims.
func withRPC(o *Options) { o.RPC = "127.0.0.1:0" }

// appOptions are those of a service at this server.
func (w *world) appOptions() app.Options { return serviceOptions(w.server.RPCAddr()) }

// serviceOptions are those of a service at a route.
func serviceOptions(route string) app.Options {
	return app.Options{
		Service: "kinds", First: 0x8000, Last: 0x80ff, Routes: []string{route},
		Renew: 50 * time.Millisecond, Logger: slog.New(slog.DiscardHandler),
	}
}

// serve runs a service until the test is over.
func (w *world) serve(o app.Options, h app.Handler) *app.Service {
	w.t.Helper()
	s, err := app.Start(o, h)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { w.end(s) })
	if err := s.Ready(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) end(s *app.Service) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.Close(ctx); err != nil {
		w.t.Errorf("close of a service: %v", err)
	}
}

// TestService has a service in another process answer clients of both codecs,
// and tell users, who alone hear it.
func TestService(t *testing.T) {
	w := newWorldWith(t, withRPC)
	alice, bob := w.guest("alice", codec.Binary), w.guest("bob", codec.JSON)
	early := alice.ask(1)
	eventually(t, "a refusal", func() bool { return alice.settled(1) })
	if alice.refused[early] != msgdef.CodeUnknownType {
		t.Errorf("before there is a service: %v", alice.refused)
	}
	var mu sync.Mutex
	var senders [][2]uint64
	s := w.serve(w.appOptions(), func(c *app.Call) error {
		mu.Lock()
		senders = append(senders, [2]uint64{c.UID, c.Device})
		mu.Unlock()
		return answer(c)
	})
	alice.ask(2)
	eventually(t, "alice's answer", func() bool { return alice.settled(2) })
	bob.ask(3)
	eventually(t, "bob's answer", func() bool { return bob.settled(1) })
	if alice.answers[2] != 1 || bob.answers[3] != 1 || len(bob.refused) != 0 {
		t.Errorf("alice %v, bob %v %v", alice.answers, bob.answers, bob.refused)
	}
	if want := [][2]uint64{{alice.UID(), alice.Device()}, {bob.UID(), bob.Device()}}; !slices.Equal(senders, want) {
		t.Errorf("senders %v, want %v", senders, want)
	}
	for _, to := range []*guest{alice, bob} {
		told, err := app.Tell(t.Context(), s, &kinds.Texts{Text: "to " + to.Account()}, to.UID(), 1<<40)
		if err != nil || told.Sessions != 1 || told.Partial {
			t.Errorf("told %+v, %v", told, err)
		}
	}
	for _, g := range []*guest{alice, bob} {
		eventually(t, "what "+g.Account()+" is told", func() bool { return len(g.heard()) > 0 })
		if got := g.heard(); !slices.Equal(got, []string{"to " + g.Account()}) {
			t.Errorf("%s heard %q", g.Account(), got)
		}
	}
	if _, stats, _ := w.server.Stats(); stats.Claims != 1 || stats.Forwarded != 2 || stats.Told != 2 || stats.AppRefused[0] != 1 {
		t.Errorf("%+v", stats)
	}
}

// TestServiceOverlap lets no two services have a type.
func TestServiceOverlap(t *testing.T) {
	w := newWorldWith(t, withRPC)
	w.serve(w.appOptions(), answer)
	other := w.appOptions()
	other.Service, other.First, other.Last = "other", 0x80ff, 0x8100
	var e *rpc.Error
	if err := app.Serve(t.Context(), other, answer); !errors.As(err, &e) || e.Code != msgdef.CodeForbidden || !strings.Contains(e.Detail, `"kinds"`) {
		t.Errorf("%v", err)
	}
	other.First = 0x8100
	w.serve(other, answer)
}

// TestServiceInstances keeps the order of each user over two instances under
// load, and serves every frame once.
func TestServiceInstances(t *testing.T) {
	w := newWorldWith(t, withRPC)
	var mu sync.Mutex
	served := make(map[uint64][]uint64) // by user
	users := make([]map[uint64]bool, 2) // by instance
	for i := range users {
		users[i] = make(map[uint64]bool)
		w.serve(w.appOptions(), func(c *app.Call) error {
			var m kinds.Names
			if err := m.Decode(c.Body); err != nil {
				return err
			}
			mu.Lock()
			served[c.UID] = append(served[c.UID], m.UserID)
			users[i][c.UID] = true
			mu.Unlock()
			return answer(c)
		})
	}
	const each = 200
	guests := make([]*guest, 8)
	for i := range guests {
		guests[i] = w.guest(fmt.Sprint("guest", i), codec.Binary)
	}
	var asking sync.WaitGroup
	for _, g := range guests {
		asking.Go(func() {
			for n := range uint64(each) {
				g.ask(n)
				if n%16 == 15 { // below what a gate lets one user have on its way
					eventually(t, "answers", func() bool { return g.settled(int(n) + 1) })
				}
			}
			eventually(t, "answers", func() bool { return g.settled(each) })
		})
	}
	asking.Wait()
	for _, g := range guests {
		if d := g.duplicates(); len(d) > 0 || len(g.refusals()) > 0 {
			t.Errorf("%s: answered twice %v, refused %v", g.Account(), d, g.refusals())
		}
		if list := served[g.UID()]; len(list) != each || !slices.IsSorted(list) {
			t.Errorf("%s: served %d out of order or not once: %v", g.Account(), len(list), list)
		}
		if users[0][g.UID()] == users[1][g.UID()] {
			t.Errorf("%s was served by both instances", g.Account())
		}
	}
}

// TestServiceRouteRestarts has services find a route that was started again.
func TestServiceRouteRestarts(t *testing.T) {
	w := newWorldWith(t, func(o *Options) { o.RPC = closedPort(t) })
	s := w.serve(w.appOptions(), answer)
	alice := w.guest("alice", codec.Binary)
	alice.ask(1)
	eventually(t, "an answer", func() bool { return alice.settled(1) })
	w.stop()
	eventually(t, "the loss", func() bool { return s.Health() != nil })
	w.start()
	eventually(t, "the claim", func() bool { return s.Health() == nil })
	eventually(t, "the connection", func() bool { return alice.Status().Phase == client.Online })
	alice.ask(2)
	eventually(t, "an answer", func() bool { return alice.settled(2) })
	if len(alice.refusals()) > 0 {
		t.Errorf("refused: %v", alice.refusals())
	}
	if told, err := app.Tell(t.Context(), s, &kinds.Texts{Text: "again"}, alice.UID()); err != nil || told.Sessions != 1 {
		t.Errorf("%+v, %v", told, err)
	}
}
