package transporttest

import (
	"context"
	"errors"
	"testing"

	"github.com/sim-im/sim/gate/transport"
)

// acceptAfterClose finds a closed listener closed, and its address free.
func acceptAfterClose(t *testing.T, open Factory) {
	l, d := open(t)
	for range 2 {
		if err := l.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	if c, err := l.Accept(); !errors.Is(err, transport.ErrClosed) {
		t.Errorf("accept after close: %v, %v", c, err)
	}
	if c, err := d.Dial(context.Background(), l.Addr()); err == nil {
		c.Close()
		t.Error("dialled a closed listener")
	}
}

// closeUnblocksAccept closes a listener that is waited on.
func closeUnblocksAccept(t *testing.T, open Factory) {
	l, _ := open(t)
	done := make(chan error, 1)
	go func() {
		_, err := l.Accept()
		done <- err
	}()
	l.Close()
	if err := within(t, "accept", done); !errors.Is(err, transport.ErrClosed) {
		t.Errorf("accept on a listener that closes: %v", err)
	}
}

// acceptedOutlive uses a connection after its listener closed.
func acceptedOutlive(t *testing.T, open Factory) {
	client, server := pair(t, open) // closes the listener
	duplex(t, client, server, 1024)
}

// dialNobody is refused at an address where nobody listens any more.
func dialNobody(t *testing.T, open Factory) {
	l, d := open(t)
	addr := l.Addr()
	l.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := d.Dial(ctx, addr)
	if err == nil {
		c.Close()
		t.Fatal("dialled nobody")
	}
	if errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("dialling nobody waited instead of being refused: %v", err)
	}
}

// dialCancelled honours a context that has ended.
func dialCancelled(t *testing.T, open Factory) {
	l, d := open(t)
	defer l.Close()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if c, err := d.Dial(ctx, l.Addr()); !errors.Is(err, context.Canceled) {
		if err == nil {
			c.Close()
		}
		t.Errorf("dial with a cancelled context: %v", err)
	}
}
