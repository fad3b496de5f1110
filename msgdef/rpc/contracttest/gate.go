package contracttest

import (
	"context"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// GateParts is a running gate and how clients come to be connected to it.
type GateParts struct {
	Gate  rpc.Gate
	Epoch uint64
	Login func(t testing.TB) GateClient // a new user each time

	// Settle waits until calls that returned have reached the gate; nil when
	// they have by then.
	Settle func()
}

// settle waits for what is under way.
func (g GateParts) settle() {
	if g.Settle != nil {
		g.Settle()
	}
}

// GateClient is a client that is logged in.
type GateClient struct {
	Conn    uint64                              // the gate's number for its connection
	Receive func() (msgdef.Type, []byte, error) // the next frame; an error at the end
}

// GateFactory returns a gate.
type GateFactory func(t testing.TB) GateParts

// Gate checks an implementation of rpc.Gate.
func Gate(t *testing.T, open GateFactory) {
	for name, check := range map[string]func(*testing.T, GateParts){
		"batch sizes":         gateSizes,
		"ended context":       gateEnded,
		"deliver":             deliver,
		"deliver bad index":   deliverBadIndex,
		"push":                push,
		"kick":                kick,
		"unknown connections": unknownConnections,
		"another epoch":       anotherEpoch,
	} {
		t.Run(name, func(t *testing.T) { check(t, open(t)) })
	}
}

// nobody is a connection that no gate has.
const nobody = 1 << 60

// calls returns the calls of a gate, to connections that are not there.
func (g GateParts) calls() []batchCall {
	return []batchCall{
		{"Deliver", maxRecipients, func(ctx context.Context, n int) (int, error) {
			to := repeat(n, func(int) rpc.Delivery { return rpc.Delivery{Conn: nobody} })
			return n, g.Gate.Deliver(ctx, &rpc.Deliveries{Epoch: g.Epoch, Messages: repeat(1, filler), To: to})
		}},
		{"Push", maxFrames, func(ctx context.Context, n int) (int, error) {
			items := repeat(n, func(int) rpc.Frame { return rpc.Frame{Conn: nobody, Type: uint16(msgdef.TypeHead)} })
			return n, g.Gate.Push(ctx, &rpc.Frames{Epoch: g.Epoch, Items: items})
		}},
		{"Kick", maxKicks, func(ctx context.Context, n int) (int, error) {
			items := repeat(n, func(int) rpc.Kick { return rpc.Kick{Conn: nobody, Code: msgdef.CodeReplaced} })
			return n, g.Gate.Kick(ctx, &rpc.Kicks{Epoch: g.Epoch, Items: items})
		}},
	}
}

func gateSizes(t *testing.T, g GateParts) {
	for _, c := range g.calls() {
		c.sizes(t)
	}
	err := g.Gate.Deliver(within(t), &rpc.Deliveries{Epoch: g.Epoch, Messages: repeat(maxMessages+1, filler)})
	refused(t, "Deliver with too many messages", err, msgdef.CodeBadArgument)
}

func gateEnded(t *testing.T, g GateParts) {
	for _, c := range g.calls() {
		c.ended(t)
	}
}

// tell delivers messages numbered from first to connections and overwrites the
// batch.
func (g GateParts) tell(t testing.TB, epoch uint64, first, n int, conns ...uint64) {
	t.Helper()
	batch := &rpc.Deliveries{Epoch: epoch, Messages: repeat(n, func(i int) []byte { return filler(first + i) })}
	for i := range n {
		for _, conn := range conns {
			batch.To = append(batch.To, rpc.Delivery{Message: uint32(i), Conn: conn, USeq: uint64(first + i)})
		}
	}
	if err := g.Gate.Deliver(within(t), batch); err != nil {
		t.Fatalf("deliver: %v", err)
	}
	loopback.Poison(batch)
}

// expect receives the notify of one message.
func (c GateClient) expect(t testing.TB, n int) {
	t.Helper()
	kind, body, err := c.Receive()
	var got msgdef.Notify
	if err == nil && kind == msgdef.TypeNotify {
		err = got.Decode(body)
	}
	if err != nil || kind != msgdef.TypeNotify || got.USeq != uint64(n) || string(got.Message) != string(filler(n)) {
		t.Fatalf("%v with useq %d and %q, %v; want a notify of message %d", kind, got.USeq, got.Message, err, n)
	}
}

// deliver brings batches to two clients in order.
func deliver(t *testing.T, g GateParts) {
	a, b := g.Login(t), g.Login(t)
	const rounds, size = 20, 5
	for i := range rounds {
		g.tell(t, g.Epoch, 1+i*size, size, a.Conn, nobody, b.Conn)
		for j := range size {
			a.expect(t, 1+i*size+j)
			b.expect(t, 1+i*size+j)
		}
	}
}

// deliverBadIndex names a message that is not there: nothing is delivered.
func deliverBadIndex(t *testing.T, g GateParts) {
	a := g.Login(t)
	err := g.Gate.Deliver(within(t), &rpc.Deliveries{
		Epoch: g.Epoch, Messages: repeat(1, filler),
		To: []rpc.Delivery{{Message: 0, Conn: a.Conn, USeq: 1}, {Message: 1, Conn: a.Conn, USeq: 2}},
	})
	refused(t, "a message that is not there", err, msgdef.CodeBadArgument)
	g.tell(t, g.Epoch, 7, 1, a.Conn)
	a.expect(t, 7)
}

// push brings ready frames.
func push(t *testing.T, g GateParts) {
	a := g.Login(t)
	receipt := msgdef.ReadBy{Conv: msgdef.Pair(1, 2), UID: 1, CSeq: 4}
	want := receipt.Append(nil)
	batch := &rpc.Frames{Epoch: g.Epoch, Items: []rpc.Frame{
		{Conn: nobody, Type: uint16(msgdef.TypeReadBy), Body: receipt.Append(nil)},
		{Conn: a.Conn, Type: uint16(msgdef.TypeReadBy), Body: receipt.Append(nil)},
	}}
	batch.Moved = []uint64{1, 2} // nobody watches them
	if err := g.Gate.Push(within(t), batch); err != nil {
		t.Fatal(err)
	}
	loopback.Poison(batch)
	if kind, body, err := a.Receive(); err != nil || kind != msgdef.TypeReadBy || string(body) != string(want) {
		t.Errorf("%v %x, %v; want %x", kind, body, err, want)
	}
}

// kick ends a connection with the reason; others stay.
func kick(t *testing.T, g GateParts) {
	a, b := g.Login(t), g.Login(t)
	batch := &rpc.Kicks{Epoch: g.Epoch, Items: []rpc.Kick{{Conn: a.Conn, Code: msgdef.CodeReplaced, Detail: "elsewhere"}}}
	if err := g.Gate.Kick(within(t), batch); err != nil {
		t.Fatal(err)
	}
	loopback.Poison(batch)
	kind, body, err := a.Receive()
	var got msgdef.Kicked
	if err == nil && kind == msgdef.TypeKicked {
		err = got.Decode(body)
	}
	if err != nil || kind != msgdef.TypeKicked || got.Code != msgdef.CodeReplaced || got.Detail != "elsewhere" {
		t.Errorf("%v %+v, %v", kind, got, err)
	}
	if kind, _, err := a.Receive(); err == nil {
		t.Errorf("%v after being kicked", kind)
	}
	g.tell(t, g.Epoch, 1, 1, a.Conn, b.Conn)
	b.expect(t, 1)
}

// unknownConnections are ignored: a connection may end while a batch is on its
// way.
func unknownConnections(t *testing.T, g GateParts) {
	for _, c := range g.calls() {
		if _, err := c.call(within(t), 3); err != nil {
			t.Errorf("%s to connections that are not there: %v", c.name, err)
		}
	}
}

// anotherEpoch is meant for another process: it is dropped.
func anotherEpoch(t *testing.T, g GateParts) {
	a := g.Login(t)
	stale := g
	stale.Epoch++
	stale.tell(t, stale.Epoch, 1, 1, a.Conn)
	kicks := &rpc.Kicks{Epoch: stale.Epoch, Items: []rpc.Kick{{Conn: a.Conn, Code: msgdef.CodeReplaced}}}
	if err := g.Gate.Kick(within(t), kicks); err != nil {
		t.Error(err)
	}
	g.settle()
	g.tell(t, g.Epoch, 2, 1, a.Conn)
	a.expect(t, 2)
}
