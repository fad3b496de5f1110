package client

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/gate/transport/tcp"
	"github.com/sim-im/sim/msgdef"
)

// An idle client wakes up once for each heartbeat, and for nothing else.
func TestWakeUps(t *testing.T) {
	for name, c := range map[string]struct {
		background bool
		most       int // in an hour
	}{
		"foreground": {false, 27},
		"background": {true, 9},
	} {
		t.Run(name, func(t *testing.T) {
			plain(t, func(t *testing.T, g *gate) {
				o := g.options()
				o.Backoff = Backoff{}
				client, k := kept(t, g, o)
				client.SetAppState(c.background)
				time.Sleep(4 * time.Hour) // until it has settled
				rung, pings := client.rings(), k.sum().pings
				time.Sleep(10 * time.Hour)
				pings = k.sum().pings - pings
				rung = client.rings() - rung
				t.Logf("%.1f wake-ups and %.1f pings an hour", float64(rung)/10, float64(pings)/10)
				if rung > pings+1 || rung > 10*c.most {
					t.Errorf("%d wake-ups for %d pings in 10 hours", rung, pings)
				}
			})
		})
	}
}

// A message that arrives in the background wakes the client by itself, and once
// more to save how far it came.
func TestWakeUpsOfMessages(t *testing.T) {
	plain(t, func(t *testing.T, g *gate) {
		c, p := g.online(g.options(), msgdef.LoginOK{})
		c.SetAppState(true)
		synctest.Wait()
		time.Sleep(time.Second)
		rung := c.rings()
		for useq := range uint64(10) {
			p.send(note(useq + 1))
			time.Sleep(3 * time.Second)
		}
		if rung = c.rings() - rung; rung > 10 {
			t.Errorf("%d wake-ups for 10 messages", rung)
		}
	})
}

// rings returns how often the timer rang.
func (c *Client) rings() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.alarm.rung
}

// What an idle client takes over TCP: its heap and its stacks, and those of the
// test's end of the connection.
func BenchmarkIdleClient(b *testing.B) {
	const clients = 300
	for range b.N {
		g := newGate(b)
		g.listener.Close()
		g.listener = must(tcp.Listen("127.0.0.1:0"))
		before := used()
		var list []*Client
		for range clients {
			o := g.options()
			o.Device, o.Address, o.Dialer = 0, g.listener.Addr(), TCPOnly()
			c, p := g.online(o, msgdef.LoginOK{})
			p.buf, p.queue = nil, nil
			list = append(list, c)
		}
		after := used()
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/clients, "heap-B/client")
		b.ReportMetric(float64(after.StackInuse-before.StackInuse)/clients, "stack-B/client")
		for _, c := range list {
			c.Close()
		}
	}
}

func used() (m runtime.MemStats) {
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return m
}
