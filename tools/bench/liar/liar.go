package liar

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/gate/transport/tcp"
	"github.com/sim-im/sim/imservice"
	"github.com/sim-im/sim/imservice/store/pebble"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route"
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

// Forget acknowledges every tenth message without storing it.
func Forget(b *rpc.Sends) (invented []rpc.SendResult) {
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

// Swallow neither stores nor answers every tenth message.
func Swallow(b *rpc.Sends) []rpc.SendResult {
	Forget(b)
	return nil
}

// Double stores every tenth message twice, the second time as another one.
func Double(b *rpc.Sends) []rpc.SendResult {
	for _, m := range b.Items {
		if m.Counter%10 == 0 {
			m.Counter += 1 << 40
			b.Items = append(b.Items, m)
		}
	}
	return nil
}

// Swap exchanges the bodies of two messages that a client sent one after the
// other.
func Swap(b *rpc.Sends) []rpc.SendResult {
	for i := 1; i < len(b.Items); i++ {
		one, next := &b.Items[i-1], &b.Items[i]
		if one.Conn == next.Conn && next.Counter%2 == 0 {
			one.Body, next.Body = next.Body, one.Body
		}
	}
	return nil
}

// Serve runs a lying server at an address, with its data in a folder, until stop.
// Its roots are in the folder as roots.json.
func Serve(dir, listen string, lie func(*rpc.Sends) []rpc.SendResult) (addr string, stop func() error, err error) {
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
