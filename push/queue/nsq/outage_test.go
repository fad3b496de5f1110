package nsq_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/push/queue/nsq"
	"github.com/sim-im/sim/push/queue/nsq/nsqdtest"
)

// TestOutage starts without nsqd, and kills it later: the queue names it, says
// so once, and works again by itself.
func TestOutage(t *testing.T) {
	nsqd := nsqdtest.Absent(t, t.TempDir())
	var log lines
	q, err := nsq.Dial(nsqd.Addr(), nsq.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = q.Close() })
	got := make(chan string, 1000)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- q.Consume(ctx, func(_ context.Context, body []byte) error {
			got <- string(body)
			return nil
		})
	}()

	for _, round := range []string{"absent", "killed"} {
		down(t, q, nsqd.Addr())
		if err := q.Publish(t.Context(), [][]byte{[]byte("lost")}); err == nil {
			t.Errorf("%s: published to nobody", round)
		}
		nsqd.Restart()
		publish(t, q, round)
		for body := ""; body != round; {
			select {
			case body = <-got:
			case <-time.After(time.Minute):
				t.Fatalf("%s: the message did not arrive", round)
			}
		}
		eventually(t, "health", func() bool { return q.Health() == nil })
		nsqd.Kill()
	}
	down(t, q, nsqd.Addr())
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	text := log.String()
	if gone, back := strings.Count(text, "cannot be reached"), strings.Count(text, "reached again"); gone != 3 || back != 2 {
		t.Errorf("gone %d times, back %d times, want 3 and 2:\n%s", gone, back, text)
	}
}

// TestKept ends nsqd between Publish and Consume: what is queued is in its files.
func TestKept(t *testing.T) {
	dir := t.TempDir()
	nsqd, err := nsq.Embed(nsq.DaemonOptions{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	first, err := nsq.Dial(nsqd.Addr(), nsq.Options{})
	if err != nil {
		t.Fatal(err)
	}
	publish(t, first, "kept")
	_ = first.Close()
	if err := nsqd.Close(); err != nil {
		t.Fatal(err)
	}
	q, err := nsq.Dial(embed(t, dir).Addr(), nsq.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = q.Close() })
	got := make(chan string, 10)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err = q.Consume(ctx, func(_ context.Context, body []byte) error {
		got <- string(body)
		cancel()
		return nil
	})
	if err != nil || len(got) == 0 || <-got != "kept" {
		t.Errorf("the message did not arrive: %v", err)
	}
}

func down(t *testing.T, q *nsq.Queue, addr string) {
	t.Helper()
	eventually(t, "the queue to be down", func() bool {
		err := q.Health()
		return err != nil && strings.Contains(err.Error(), addr)
	})
}

// publish tries until it succeeds: go-nsq's producer takes a moment to see that
// its connection is gone.
func publish(t *testing.T, q *nsq.Queue, body string) {
	t.Helper()
	eventually(t, "publishing", func() bool { return q.Publish(t.Context(), [][]byte{[]byte(body)}) == nil })
}

func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for until := time.Now().Add(time.Minute); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("still waiting for %s", what)
		}
	}
}

// lines is a log.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}
