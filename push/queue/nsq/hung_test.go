package nsq_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/push/queue/nsq"
)

// TestHung has something accept connections and say nothing. Callers wait only
// as long as they said, and are told who is silent.
func TestHung(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var accepting sync.WaitGroup
	var conns []net.Conn
	accepting.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns = append(conns, c)
		}
	})
	q, err := nsq.Dial(l.Addr().String(), nsq.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 { // the second one waits for the first one's connection
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		err = q.Publish(ctx, [][]byte{[]byte("hello")})
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), l.Addr().String()) {
			t.Errorf("publish: %v", err)
		}
	}
	_ = l.Close()
	accepting.Wait()
	for _, c := range conns {
		_ = c.Close()
	}
	if err := q.Close(); err != nil {
		t.Error(err)
	}
}
