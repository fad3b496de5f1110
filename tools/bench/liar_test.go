package bench_test

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/gate/transport/tcp"
	"github.com/sim-im/sim/imservice"
	"github.com/sim-im/sim/imservice/store/pebble"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route"
	"github.com/sim-im/sim/tools/bench"
	"github.com/sim-im/sim/tools/keys"
)

// liar is a route that does not do with sends what it says.
type liar struct {
	rpc.Route
	// lie changes a batch of its own, and returns the outcomes of items that go
	// no further.
	lie func(*rpc.Sends) []rpc.SendResult
}

// Send implements rpc.Route.
func (l liar) Send(ctx context.Context, batch *rpc.Sends, sink rpc.SendSink) error {
	own := &rpc.Sends{Items: append([]rpc.Send(nil), batch.Items...)}
	if invented := l.lie(own); len(invented) > 0 {
		sink.Sent(&rpc.SendResults{Items: invented})
	}
	if len(own.Items) == 0 {
		return nil
	}
	return l.Route.Send(ctx, own, sink)
}

// forget acknowledges every tenth message without storing it.
func forget(b *rpc.Sends) (invented []rpc.SendResult) {
	kept := b.Items[:0]
	for _, m := range b.Items {
		if m.Counter%10 == 0 {
			invented = append(invented, rpc.SendResult{Conn: m.Conn, Counter: m.Counter, CSeq: 1, USeq: 1, At: 1})
		} else {
			kept = append(kept, m)
		}
	}
	b.Items = kept
	return invented
}

// swallow neither stores nor answers every tenth message.
func swallow(b *rpc.Sends) []rpc.SendResult {
	forget(b)
	return nil
}

// double stores every tenth message twice, the second time as another one.
func double(b *rpc.Sends) []rpc.SendResult {
	for _, m := range b.Items {
		if m.Counter%10 == 0 {
			m.Counter += 1 << 40
			b.Items = append(b.Items, m)
		}
	}
	return nil
}

// swap exchanges the bodies of two messages that a client sent one after the
// other.
func swap(b *rpc.Sends) []rpc.SendResult {
	for i := 1; i < len(b.Items); i++ {
		one, next := &b.Items[i-1], &b.Items[i]
		if one.Conn == next.Conn && next.Counter%2 == 0 {
			one.Body, next.Body = next.Body, one.Body
		}
	}
	return nil
}

// startLiar runs a real server but for its route, which lies.
func startLiar(t *testing.T, lie func(*rpc.Sends) []rpc.SendResult) bench.Target {
	t.Helper()
	dir := t.TempDir()
	addr, stop, err := serveLiar(dir, "127.0.0.1:0", lie)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return bench.Target{Servers: []string{addr}, Roots: filepath.Join(dir, "roots.json")}
}

// serveLiar runs one at an address with a folder, until stop.
func serveLiar(dir, listen string, lie func(*rpc.Sends) []rpc.SendResult) (addr string, stop func() error, err error) {
	folder := keys.Folder{Dir: dir}
	err = folder.Make()
	_, _, errRoot := folder.Root()
	key, errKey := folder.GateKey("liar")
	store, errStore := pebble.Open(pebble.Options{Dir: filepath.Join(dir, "store"), MinFree: -1})
	if err = errors.Join(err, errRoot, errKey, errStore); err != nil {
		return "", nil, err
	}
	service, errService := imservice.New(imservice.Options{
		Store: store, OpenRegistration: true, Exempt: func(string) bool { return true },
		Password: imservice.PasswordCost{MemoryKiB: 64, Iterations: 1, Parallelism: 1},
	})
	r, errRoute := route.New(route.Options{Service: service})
	g, errGate := gate.New(gate.Options{ID: "liar", Route: liar{r, lie}, Key: key, Times: gate.Times{GoAway: -1}})
	l, errListen := tcp.Listen(listen)
	if err = errors.Join(errService, errRoute, errGate, errListen); err != nil {
		return "", nil, err
	}
	service.Start(r)
	r.AttachGate(g.ID(), g.Epoch(), g)
	served := make(chan error, 1)
	go func() { served <- g.Serve(l) }()
	return l.Addr(), func() error {
		err := errors.Join(g.Shutdown(context.Background()), <-served)
		r.Close()
		return errors.Join(err, service.Close(context.Background()), store.Close())
	}, nil
}

// TestLiesAreDetected in every load that writes.
func TestLiesAreDetected(t *testing.T) {
	for _, c := range []struct {
		name  string
		lie   func(*rpc.Sends) []rpc.SendResult
		shows func(bench.Integrity) uint64
	}{
		{"nothing", func(*rpc.Sends) []rpc.SendResult { return nil }, nil},
		{"lost", forget, func(i bench.Integrity) uint64 { return i.Lost }},
		{"unanswered", swallow, func(i bench.Integrity) uint64 { return i.Refused }},
		{"doubled", double, func(i bench.Integrity) uint64 { return i.Duplicated }},
		{"swapped", swap, func(i bench.Integrity) uint64 { return i.Disordered }},
	} {
		for _, p := range []bench.Plan{
			{Mode: bench.Pairs, Clients: 2, InFlight: 32},
			{Mode: bench.Mixed, Clients: 8, Rate: 20_000},
			{Mode: bench.Sync, Clients: 1, Messages: 64},
		} {
			t.Run(c.name+" in "+p.Mode, func(t *testing.T) {
				if testing.Short() && p.Mode != bench.Pairs {
					t.Skip("takes a second for each lie")
				}
				p.Target = startLiar(t, c.lie)
				p.Size, p.Procs, p.Duration, p.Patience = 16, 1, 300*time.Millisecond, time.Second
				if c.shows == nil {
					p.Patience = 0 // the machine may be busy
				}
				r, err := bench.Run(t.Context(), p, io.Discard)
				if c.name == "unanswered" && p.Mode == bench.Sync {
					if err == nil {
						t.Error("sends before the load were not answered, and it went on")
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				switch err := r.Err(); {
				case c.shows == nil && err != nil:
					t.Error(err)
				case c.shows != nil && (!errors.Is(err, bench.ErrIntegrity) || c.shows(r.Integrity) == 0):
					t.Errorf("Err = %v", err)
				}
			})
		}
	}
}
