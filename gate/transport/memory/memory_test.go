package memory_test

import (
	"context"
	"errors"
	"io"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/gate/transport/memory"
	"github.com/sim-im/sim/gate/transport/transporttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// listen is the suite's factory.
func listen(t testing.TB) (transport.Listener, transport.Dialer) {
	network := new(memory.Network)
	l, err := network.Listen("gate")
	if err != nil {
		t.Fatal(err)
	}
	return l, network
}

func TestContract(t *testing.T) { transporttest.Run(t, listen) }

func TestSecuredContract(t *testing.T) {
	open := func(t testing.TB) (transport.Listener, transport.Dialer) {
		network := &memory.Network{Secured: true}
		l, err := network.Listen("gate")
		if err != nil {
			t.Fatal(err)
		}
		return l, network
	}
	transporttest.Run(t, open)
	transporttest.Secured(t, open)
}

func TestFrugal(t *testing.T) { transporttest.Frugal(t, listen) }

func TestNamesAreTakenOnce(t *testing.T) {
	var network memory.Network
	l, err := network.Listen("a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := network.Listen("a"); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("second listener of a name: %v", err)
	}
	if _, err := network.Dial(context.Background(), "b"); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("dial of an unknown name: %v", err)
	}
	l.Close()
	again, err := network.Listen("a")
	if err != nil {
		t.Fatalf("a name that was freed: %v", err)
	}
	l.Close() // of the first must not take the second's name away
	c, err := network.Dial(context.Background(), "a")
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	c.Close()
	again.Close()
}

func TestNetworksAreApart(t *testing.T) {
	l, _ := listen(t)
	defer l.Close()
	if _, err := new(memory.Network).Dial(context.Background(), l.Addr()); err == nil {
		t.Error("dialled into another network")
	}
}

// TestFullBacklog fills the backlog; the next dial waits for its context, and
// closing the listener ends those that were never accepted.
func TestFullBacklog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, d := listen(t)
		var waiting []transport.Conn
		for range memory.Backlog {
			c, err := d.Dial(t.Context(), "gate")
			if err != nil {
				t.Fatal(err)
			}
			waiting = append(waiting, c)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := d.Dial(ctx, "gate"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("dial over the backlog: %v", err)
		}
		l.Close()
		for _, c := range waiting {
			if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
				t.Fatalf("read on a connection nobody accepted: %v", err)
			}
			c.Close()
		}
	})
}

// TestDialRacesClose closes the listener among dials: each gives an error, a
// connection that was accepted, or one that ends; none hangs.
func TestDialRacesClose(t *testing.T) {
	for range 200 {
		l, d := listen(t)
		ended := make(chan error, 1)
		go func() {
			c, err := d.Dial(context.Background(), "gate")
			if err == nil {
				_, err = c.Read(make([]byte, 1))
				c.Close()
			}
			ended <- err
		}()
		l.Close()
		if err := <-ended; !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNREFUSED) {
			t.Fatalf("dial beside close: %v", err)
		}
	}
}

// TestVirtualTime waits an hour for a deadline in no time, and finds that a
// blocked pipe is idle in the eyes of synctest.
func TestVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := memory.Pipe()
		defer a.Close()
		defer b.Close()
		start := time.Now()
		a.SetReadDeadline(start.Add(time.Hour))
		_, err := a.Read(make([]byte, 1))
		if !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != time.Hour {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		go func() {
			if _, err := b.Write(make([]byte, memory.Capacity+1)); err != nil {
				t.Errorf("write: %v", err)
			}
		}()
		synctest.Wait() // returns only when the writer is durably blocked
		a.SetReadDeadline(time.Time{})
		if n, err := io.ReadFull(a, make([]byte, memory.Capacity+1)); err != nil {
			t.Errorf("read %d: %v", n, err)
		}
	})
}
