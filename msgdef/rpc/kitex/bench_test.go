package kitex

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// instant is a message service that answers every message at once.
type instant struct{ rpc.Service }

// Send implements rpc.Messages.
func (instant) Send(_ context.Context, in *rpc.Sends, to rpc.SendSink) error {
	r := &rpc.SendResults{Items: make([]rpc.SendResult, len(in.Items))}
	for i := range in.Items {
		r.Items[i] = rpc.SendResult{Conn: in.Items[i].Conn, Counter: in.Items[i].Counter}
	}
	to.Sent(r)
	return nil
}

// counting counts outcomes.
type counting struct{ n int }

// Sent implements rpc.SendSink.
func (c *counting) Sent(r *rpc.SendResults) { c.n += len(r.Items) }

// oneSend is a batch of one message of 200 bytes.
func oneSend(counter uint64) *rpc.Sends {
	return &rpc.Sends{Items: []rpc.Send{{UID: 1, Device: 1, Counter: counter, Kind: msgdef.ContentText, Body: make([]byte, 200)}}}
}

// BenchmarkSend has 64 callers send one message after the other: each in a call
// of its own, and merged.
func BenchmarkSend(b *testing.B) {
	s := serve(b, ServerOptions{}, OfferService(instant{}, nil, nil))
	c := dialService(b, ClientOptions{}, s)
	callers := func(b *testing.B, send func(*rpc.Sends) error) {
		var counter atomic.Uint64
		b.SetParallelism(64 / 2)
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := send(oneSend(counter.Add(1))); err != nil {
					b.Error(err)
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
	}
	b.Run("unary", func(b *testing.B) {
		callers(b, func(in *rpc.Sends) error {
			_, err := ask[rpc.Sends, rpc.SendResults](context.Background(), c.caller, methodSend, in)
			return err
		})
	})
	b.Run("merged", func(b *testing.B) {
		callers(b, func(in *rpc.Sends) error { return c.Send(context.Background(), in, new(counting)) })
		stats := c.Stats()
		b.ReportMetric(float64(stats.Offers)/float64(stats.Batches), "messages/call")
	})
}

// BenchmarkDeliver queues notifies of one message of 200 bytes to one gate.
func BenchmarkDeliver(b *testing.B) {
	g := dialGate(b, nobodysGate{})
	in := &rpc.Deliveries{Messages: [][]byte{make([]byte, 200)}, To: make([]rpc.Delivery, 1)}
	b.ReportAllocs()
	for range b.N {
		for g.Deliver(context.Background(), in) != nil {
			if err := g.Flush(context.Background()); err != nil { // full
				b.Fatal(err)
			}
		}
	}
	if err := g.Flush(context.Background()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "notifies/s")
}

// BenchmarkUnary makes one call after the other.
func BenchmarkUnary(b *testing.B) {
	c := dialService(b, ClientOptions{}, serve(b, ServerOptions{}, OfferService(answering(new(rpc.LookupReply), nil), nil, nil)))
	b.ReportAllocs()
	for range b.N {
		if _, err := c.Lookup(context.Background(), lookup()); err != nil {
			b.Fatal(err)
		}
	}
}
