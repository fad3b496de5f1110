package transporttest

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/transport"
)

// Batched checks transports whose accepted connections are transport.Batched,
// beside Run. It is skipped where the system does not allow batches.
func Batched(t *testing.T, open Factory) {
	checks := map[string]func(*testing.T, *crowd){
		"everybody gets theirs":    batchOrder,
		"more than a batch takes":  batchFull,
		"one that does not read":   batchStuffed,
		"one that is closed":       batchClosed,
		"one whose peer left":      batchLeft,
		"not for a batch":          batchOthers,
		"closing in the middle of": batchClosing,
	}
	for name, check := range checks {
		t.Run(name, func(t *testing.T) { check(t, gather(t, open)) })
	}
}

// crowd is a listener, its connections, and a batch for their server side.
type crowd struct {
	t        *testing.T
	listener transport.Listener
	dialer   transport.Dialer
	batch    transport.Batch
	clients  []transport.Conn
	servers  []transport.Conn
}

func gather(t *testing.T, open Factory) *crowd {
	c := &crowd{t: t}
	c.listener, c.dialer = open(t)
	t.Cleanup(func() { c.listener.Close() })
	c.grow(3)
	first, ok := c.servers[0].(transport.Batched)
	if !ok {
		t.Fatalf("%T is not Batched", c.servers[0])
	}
	batch, err := first.NewBatch()
	if err != nil {
		t.Skipf("the system has no batches for us: %v", err)
	}
	c.batch = batch
	t.Cleanup(func() {
		if err := batch.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// grow makes the crowd one of n.
func (c *crowd) grow(n int) {
	for len(c.clients) < n {
		client, server := connect(c.t, c.listener, c.dialer)
		c.clients, c.servers = append(c.clients, client), append(c.servers, server)
	}
}

// add fails the test if the batch does not take p.
func (c *crowd) add(i int, p []byte) {
	c.t.Helper()
	if !c.batch.Add(c.servers[i], p) {
		c.t.Fatalf("%d bytes for connection %d are not taken", len(p), i)
	}
}

// arrives reads what the ith client was sent from an offset on.
func (c *crowd) arrives(i, offset, n int) {
	c.t.Helper()
	got := make([]byte, n)
	c.clients[i].SetReadDeadline(time.Now().Add(patience))
	if err := full(c.clients[i], got); err != nil || !bytes.Equal(got, counting(offset, n)) {
		c.t.Fatalf("connection %d: %v, or other bytes than were sent", i, err)
	}
}

// batchOrder writes to some of many, in any order, again and again.
func batchOrder(t *testing.T, c *crowd) {
	const conns, rounds = 20, 300
	c.grow(conns)
	var offsets [conns]int
	for range rounds {
		some := rand.Perm(conns)[:1+rand.IntN(conns)]
		for _, i := range some {
			c.add(i, counting(offsets[i], 1+rand.IntN(300)))
		}
		written := c.batch.Write()
		if len(written) != len(some) {
			t.Fatalf("%d results of %d writes", len(written), len(some))
		}
		for k, i := range some {
			if written[k].Err != nil || written[k].N == 0 {
				t.Fatalf("connection %d: %+v", i, written[k])
			}
			offsets[i] += written[k].N
		}
	}
	for i, n := range offsets {
		c.arrives(i, 0, n)
	}
}

// batchFull adds until the batch takes no more. Who did not fit is not written to.
func batchFull(t *testing.T, c *crowd) {
	const conns = 100
	c.grow(conns)
	taken := 0
	for c.batch.Add(c.servers[taken], counting(0, 50)) {
		if taken++; taken == conns {
			t.Fatalf("a batch takes %d", conns)
		}
	}
	if written := c.batch.Write(); taken < 2 || len(written) != taken {
		t.Fatalf("%d were taken, %d were written", taken, len(written))
	}
	for i := range taken {
		c.arrives(i, 0, 50)
	}
	if n, err := c.servers[taken].TryWrite(counting(0, 50)); n != 50 || err != nil {
		t.Fatalf("alone: %d, %v", n, err)
	}
	c.arrives(taken, 0, 50)
}

// batchStuffed has one among others whose way is full: as much as is said goes.
func batchStuffed(t *testing.T, c *crowd) {
	sent, full := stuff(t, c.servers[1]), false
	const piece = 4 << 20
	for round := 0; !full; round++ {
		c.add(0, counting(10*round, 10))
		c.add(1, counting(sent, piece))
		c.add(2, counting(10*round, 10))
		w := c.batch.Write()
		if w[0].N != 10 || w[2].N != 10 || errors.Join(w[0].Err, w[1].Err, w[2].Err) != nil {
			t.Fatalf("%+v", w)
		}
		sent += w[1].N
		full = w[1].N == 0
		c.arrives(0, 10*round, 10)
		c.arrives(2, 10*round, 10)
	}
	c.arrives(1, 0, sent)
	c.add(1, counting(sent, 10))
	if w := c.batch.Write(); w[0] != (transport.Written{N: 10}) {
		t.Fatalf("once there is room: %+v", w[0])
	}
	c.arrives(1, sent, 10)
}

// batchClosed closes a connection before, and after, it is added.
func batchClosed(t *testing.T, c *crowd) {
	c.add(1, counting(0, 10))
	c.servers[1].Close()
	c.servers[0].Close()
	if c.batch.Add(c.servers[0], counting(0, 10)) {
		t.Error("a closed connection is taken")
	}
	c.add(2, counting(0, 10))
	w := c.batch.Write()
	if len(w) != 2 || w[1] != (transport.Written{N: 10}) {
		t.Fatalf("%+v", w)
	}
	c.arrives(1, 0, w[0].N)
	c.arrives(2, 0, 10)
	if n, err := c.clients[1].Read(make([]byte, 1)); n != 0 || !atEnd(err) {
		t.Errorf("behind the last byte: %d, %v", n, err)
	}
}

// batchLeft writes to a peer that is gone until that is noticed.
func batchLeft(t *testing.T, c *crowd) {
	c.clients[1].Close()
	var err error
	round := 0
	for stop := time.Now().Add(patience); err == nil; round++ {
		if time.Now().After(stop) {
			t.Fatal("nobody notices")
		}
		c.add(0, counting(10*round, 10))
		c.add(1, counting(0, 10))
		w := c.batch.Write()
		if w[0] != (transport.Written{N: 10}) {
			t.Fatalf("the other one: %+v", w[0])
		}
		err = w[1].Err
	}
	if errors.Is(err, io.EOF) || errors.Is(err, transport.ErrClosed) {
		t.Errorf("%v, which is not for that", err)
	}
	c.arrives(0, 0, 10*round)
}

// batchOthers adds what a batch has nothing to do with.
func batchOthers(t *testing.T, c *crowd) {
	if c.batch.Add(struct{ transport.Conn }{c.servers[0]}, counting(0, 10)) {
		t.Error("a connection of another kind is taken")
	}
	if c.batch.Add(c.servers[0], nil) {
		t.Error("nothing is taken")
	}
	if w := c.batch.Write(); len(w) != 0 {
		t.Errorf("%+v, and nothing was added", w)
	}
}

// batchClosing closes connections while they are written to. Those that come
// next, which may have their numbers, get nothing of it.
func batchClosing(t *testing.T, c *crowd) {
	const rounds = 200
	var closing sync.WaitGroup
	for range rounds {
		client, server := connect(t, c.listener, c.dialer)
		if !c.batch.Add(server, []byte("for the one that ends")) {
			t.Fatal("a new connection is not taken")
		}
		closing.Go(func() { server.Close() })
		c.batch.Write()
		client.Close()
		next, its := connect(t, c.listener, c.dialer)
		if !c.batch.Add(its, []byte{42}) {
			t.Fatal("a new connection is not taken")
		}
		c.batch.Write()
		its.Close()
		next.SetReadDeadline(time.Now().Add(patience))
		if got, err := io.ReadAll(next); err != nil || string(got) != "\x2a" {
			t.Fatalf("the next one read %q, %v", got, err)
		}
		closing.Wait()
	}
}
