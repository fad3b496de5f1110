package nsq_test

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/sim-im/sim/push/queue"
	"github.com/sim-im/sim/push/queue/nsq"
	"github.com/sim-im/sim/push/queue/nsq/nsqdtest"
	"github.com/sim-im/sim/push/queue/queuetest"
)

func TestMain(m *testing.M) {
	nsqdtest.RunIfAsked()
	goleak.VerifyTestMain(m)
}

// opener returns queues with a topic each.
func opener(addr string) func(t *testing.T) queue.Queue {
	var n atomic.Int32
	return func(t *testing.T) queue.Queue {
		q, err := nsq.Dial(addr, nsq.Options{Topic: fmt.Sprintf("test.%d", n.Add(1))})
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
}

func TestProcess(t *testing.T) {
	queuetest.Run(t, opener(nsqdtest.Start(t, t.TempDir()).Addr()))
}

func TestEmbedded(t *testing.T) {
	queuetest.Run(t, opener(embed(t, t.TempDir()).Addr()))
}

func embed(t *testing.T, dir string) *nsq.Daemon {
	t.Helper()
	d, err := nsq.Embed(nsq.DaemonOptions{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("nsqd: %v", err)
		}
	})
	return d
}

// TestRefusedOptions names what is wrong.
func TestRefusedOptions(t *testing.T) {
	for want, dial := range map[string]func() (*nsq.Queue, error){
		"address": func() (*nsq.Queue, error) { return nsq.Dial("nowhere", nsq.Options{}) },
		"topic": func() (*nsq.Queue, error) {
			return nsq.Dial("127.0.0.1:1", nsq.Options{Topic: strings.Repeat("x", 65)})
		},
		"channel":   func() (*nsq.Queue, error) { return nsq.Dial("127.0.0.1:1", nsq.Options{Channel: "a b"}) },
		"in flight": func() (*nsq.Queue, error) { return nsq.Dial("127.0.0.1:1", nsq.Options{InFlight: 2501}) },
	} {
		if _, err := dial(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// TestOneDaemon refuses a directory and an address that are in use, and leaves
// nothing behind that keeps them in use.
func TestOneDaemon(t *testing.T) {
	dir := t.TempDir()
	d := embed(t, dir)
	if _, err := nsq.Embed(nsq.DaemonOptions{Dir: dir}); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("the same directory: %v", err)
	}
	other := t.TempDir()
	if _, err := nsq.Embed(nsq.DaemonOptions{Dir: other, Listen: d.Addr()}); err == nil {
		t.Error("the same address was free")
	}
	embed(t, other)
	if _, err := nsq.Embed(nsq.DaemonOptions{}); err == nil {
		t.Error("no directory was enough")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Error(err)
	}
}
