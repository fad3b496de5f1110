package client

import (
	"context"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// echo acknowledges every send, and notifies of as many messages. It allocates
// nothing once it runs, so that what a benchmark counts is the client's.
func (p *peer) echo() {
	var (
		decoder msgdef.UpDecoder
		buf     = make([]byte, 64<<10)
		frames  []byte
		sealed  []byte
		have    int
		useq    uint64
		up      = new(echoHandler)
	)
	for {
		n, err := p.conn.Read(buf[have:])
		if err != nil {
			return
		}
		have += n
		used := 0
		frames = frames[:0]
		for {
			n, err := p.keys.In.Open(buf[used:have])
			if err != nil || n == 0 {
				break
			}
			used += n
			for {
				f, ok, err := p.keys.In.Next()
				if err != nil || !ok {
					break
				}
				if f.Type != msgdef.TypeSend || decoder.Dispatch(f.Type, f.Body, up) != nil {
					continue
				}
				up.ack = msgdef.SendAck{Counter: up.counter, CSeq: useq + 1, USeq: useq + 1, At: 1}
				frames = frame.Append(frames, &up.ack)
				up.message = msgdef.Message{Conv: testConv, CSeq: useq + 2, From: 8, Device: 1, Counter: up.counter, Kind: 1, Body: up.body}
				up.encoded = up.message.Append(up.encoded[:0])
				frames = frame.AppendNotify(frames, useq+2, up.encoded)
				useq += 2
			}
		}
		have = copy(buf, buf[used:have])
		if sealed, err = p.keys.Out.Append(sealed[:0], frames, time.Now()); err != nil {
			return
		}
		if _, err := p.conn.Write(sealed); err != nil {
			return
		}
	}
}

type echoHandler struct {
	msgdef.UpHandler
	counter uint64
	body    []byte
	ack     msgdef.SendAck
	message msgdef.Message
	encoded []byte
}

func (h *echoHandler) HandleSend(s *msgdef.Send) error {
	h.counter, h.body = s.Counter, s.Body
	return nil
}

// loop keeps inflight sends under way until n were acknowledged.
type loop struct {
	c        *Client
	body     []byte
	left     int
	inflight int
	received int
	finished chan struct{}
	answered func(Sent, error)
}

func (l *loop) done(_ Sent, err error) {
	if err != nil {
		panic(err)
	}
	l.left--
	if l.left >= l.inflight {
		l.c.SendFunc(testConv, 1, l.body, l.answered)
	}
	if l.left == 0 {
		close(l.finished)
	}
}

func newLoop(tb testing.TB) *loop {
	g := newGate(tb)
	l := &loop{body: make([]byte, 200)}
	l.answered = l.done
	o := g.options()
	o.OnMessage = func(m *Message) { l.received++ }
	c := g.client(o)
	failed := later(func() error { return c.Connect(context.Background()) })
	p := g.admit(msgdef.LoginOK{})
	if err := <-failed; err != nil {
		tb.Fatal(err)
	}
	l.c = c
	go p.echo()
	return l
}

func (l *loop) run(n, inflight int) {
	l.left, l.inflight, l.finished = n, min(n, inflight), make(chan struct{})
	for range l.inflight {
		l.c.SendFunc(testConv, 1, l.body, l.answered)
	}
	<-l.finished
}

// One operation is a message sent and acknowledged, and one received; the time
// includes the peer's work.
func BenchmarkSendAndReceive(b *testing.B) {
	for name, inflight := range map[string]int{"inflight=1": 1, "inflight=16": 16, "inflight=256": 256} {
		b.Run(name, func(b *testing.B) {
			l := newLoop(b)
			l.run(10000, inflight)
			b.ReportAllocs()
			b.ResetTimer()
			l.run(b.N, inflight)
		})
	}
}

// The steady state allocates nothing per message. Ticks, and a save of the
// state, are few.
func TestMessagesCostNoAllocations(t *testing.T) {
	l := newLoop(t)
	l.run(20000, 32)
	const n = 20000
	allocs := testing.AllocsPerRun(1, func() { l.run(n, 32) })
	if perMessage := allocs / n; perMessage > 0.02 {
		t.Errorf("%.3f allocations per message sent and received", perMessage)
	}
}
