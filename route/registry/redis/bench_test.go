package redis_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route/registry"
	"github.com/sim-im/sim/route/registry/redis"
	"github.com/sim-im/sim/route/registry/redis/redistest"
)

// BenchmarkImage writes sessions in updates of several sizes. rows/s is to be
// compared with BenchmarkSet of the same run.
func BenchmarkImage(b *testing.B) {
	for _, size := range []int{1, 100, 10_000} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			r, image := imageOf(b, redistest.Start(b))
			defer r.Close()
			began := make([]rpc.Session, size)
			seq := uint64(0)
			for b.Loop() {
				for k := range began {
					n := seq*uint64(size) + uint64(k)
					began[k] = rpc.Session{UID: n % 100_000, Device: 1, Conn: n}
				}
				seq++
				reply, err := image.Update(context.Background(), &rpc.RosterUpdate{Gate: "g", Epoch: 1, Seq: seq, Began: began})
				if err != nil || reply.Want != seq+1 {
					b.Fatalf("update %d: %v, %v", seq, reply, err)
				}
			}
			b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkSet is the floor: pipelines of plain SETs of as many bytes.
func BenchmarkSet(b *testing.B) {
	for _, size := range []int{1, 100, 10_000} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			c := goredis.NewClient(&goredis.Options{Addr: redistest.Start(b).Addr()})
			defer c.Close()
			n := 0
			for b.Loop() {
				p := c.Pipeline()
				for range size {
					p.Set(context.Background(), "sim:conn:"+strconv.Itoa(n%100_000), "0123456789abcdef0123456789abcdefg", 0)
					n++
				}
				if _, err := p.Exec(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkOnline asks for users of whom every second one is online.
func BenchmarkOnline(b *testing.B) {
	for _, size := range []int{1, 500} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			r, image := imageOf(b, redistest.Start(b))
			defer r.Close()
			began := make([]rpc.Session, 5000)
			for k := range began {
				began[k] = rpc.Session{UID: uint64(k * 2), Device: 1, Conn: uint64(k)}
			}
			if _, err := image.Update(context.Background(), &rpc.RosterUpdate{Gate: "g", Epoch: 1, Seq: 1, Began: began}); err != nil {
				b.Fatal(err)
			}
			ask := make([]uint64, size)
			n := uint64(0)
			for b.Loop() {
				for k := range ask {
					ask[k] = n % 10_000
					n++
				}
				online, err := r.Online(context.Background(), ask)
				if err != nil || (size > 1 && len(online) != size/2) {
					b.Fatalf("%d online, %v", len(online), err)
				}
			}
			b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "users/s")
		})
	}
}

// imageOf returns the image of a gate without sessions.
func imageOf(b *testing.B, server *redistest.Server) (*redis.Registry, rpc.Roster) {
	b.Helper()
	r, err := redis.Open(redis.Options{Addrs: []string{server.Addr()}})
	if err != nil {
		b.Fatal(err)
	}
	gate := registry.Instance{Role: registry.Gate, Region: "r", ID: "g", Epoch: 1, Addr: "x"}
	r.Announce(gate)
	image := r.Image(gate)
	for {
		reply, err := image.Update(context.Background(), &rpc.RosterUpdate{Gate: "g", Epoch: 1, Snapshot: true, First: true, Last: true})
		if err == nil && reply.Want == 1 {
			return r, image
		}
		time.Sleep(time.Millisecond)
	}
}
