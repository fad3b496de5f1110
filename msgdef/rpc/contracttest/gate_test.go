package contracttest_test

import (
	"context"
	"io"
	"slices"
	"sync"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/contracttest"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// TestGateSuite runs the suite for gates over the least that passes it, so that
// the suite is known to be passable, directly and through bytes.
func TestGateSuite(t *testing.T) {
	for name, wrap := range map[string]func(rpc.Gate) rpc.Gate{
		"direct":   func(g rpc.Gate) rpc.Gate { return g },
		"loopback": loopback.Gate,
	} {
		t.Run(name, func(t *testing.T) {
			contracttest.Gate(t, func(testing.TB) contracttest.GateParts {
				g := &leastGate{epoch: 3}
				return contracttest.GateParts{Gate: wrap(g), Epoch: g.epoch, Login: g.login}
			})
		})
	}
}

// leastGate is a gate whose connections are queues.
type leastGate struct {
	epoch uint64
	mu    sync.Mutex
	conns []*leastConn // by number - 1
}

// leastConn is a queue of frames; a kicked one takes no more.
type leastConn struct {
	frames []leastFrame
	kicked bool
}

type leastFrame struct {
	kind msgdef.Type
	body []byte
}

func (g *leastGate) login(testing.TB) contracttest.GateClient {
	g.mu.Lock()
	defer g.mu.Unlock()
	c := new(leastConn)
	g.conns = append(g.conns, c)
	receive := func() (msgdef.Type, []byte, error) {
		g.mu.Lock()
		defer g.mu.Unlock()
		if len(c.frames) == 0 {
			return 0, nil, io.EOF
		}
		f := c.frames[0]
		c.frames = c.frames[1:]
		return f.kind, f.body, nil
	}
	return contracttest.GateClient{Conn: uint64(len(g.conns)), Receive: receive}
}

// queue appends a frame to a connection, if there is one.
func (g *leastGate) queue(conn uint64, kind msgdef.Type, body []byte) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if conn-1 >= uint64(len(g.conns)) || g.conns[conn-1].kicked {
		return
	}
	c := g.conns[conn-1]
	c.frames = append(c.frames, leastFrame{kind, slices.Clone(body)})
	c.kicked = kind == msgdef.TypeKicked
}

// admit refuses a call; skip is set for another epoch's.
func (g *leastGate) admit(ctx context.Context, epoch uint64, n, limit int) (skip bool, err error) {
	if ctx.Err() != nil {
		return true, rpc.Errorf(msgdef.CodeTimeout, "%v", ctx.Err())
	}
	if n > limit {
		return true, rpc.Errorf(msgdef.CodeBadArgument, "%d items", n)
	}
	return epoch != g.epoch, nil
}

func (g *leastGate) Deliver(ctx context.Context, b *rpc.Deliveries) error {
	if len(b.Messages) > 4096 {
		return rpc.Errorf(msgdef.CodeBadArgument, "%d messages", len(b.Messages))
	}
	if skip, err := g.admit(ctx, b.Epoch, len(b.To), 65536); skip {
		return err
	}
	for _, d := range b.To {
		if int(d.Message) >= len(b.Messages) {
			return rpc.Errorf(msgdef.CodeBadArgument, "message %d", d.Message)
		}
	}
	for _, d := range b.To {
		notify := msgdef.Notify{USeq: d.USeq, Message: b.Messages[d.Message]}
		g.queue(d.Conn, msgdef.TypeNotify, notify.Append(nil))
	}
	return nil
}

func (g *leastGate) Push(ctx context.Context, b *rpc.Frames) error {
	skip, err := g.admit(ctx, b.Epoch, len(b.Items), 4096)
	for i := 0; !skip && i < len(b.Items); i++ {
		g.queue(b.Items[i].Conn, msgdef.Type(b.Items[i].Type), b.Items[i].Body)
	}
	return err
}

func (g *leastGate) Kick(ctx context.Context, b *rpc.Kicks) error {
	skip, err := g.admit(ctx, b.Epoch, len(b.Items), 4096)
	for i := 0; !skip && i < len(b.Items); i++ {
		kicked := msgdef.Kicked{Code: b.Items[i].Code, Detail: b.Items[i].Detail}
		g.queue(b.Items[i].Conn, msgdef.TypeKicked, kicked.Append(nil))
	}
	return err
}
