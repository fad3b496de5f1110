package dev

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/codec"
	"github.com/sim-im/sim/route/app"
)

// service is a business service in a process of its own.
type service struct {
	t   *testing.T
	cmd *exec.Cmd
}

// process starts one; it is killed with the test at the latest.
func (w *world) process() *service {
	w.t.Helper()
	s := &service{t: w.t, cmd: exec.Command(os.Args[0])}
	s.cmd.Env = append(os.Environ(), asService+"="+w.server.RPCAddr())
	s.cmd.Stderr = os.Stderr
	if err := s.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(s.kill)
	return s
}

// kill ends the process as kill -9 does.
func (s *service) kill() {
	if s.cmd.ProcessState == nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait() // that it was killed is no news
	}
}

// TestServiceKilled kills the process of a service again and again while
// clients ask it. Each frame has one answer or one refusal that says so, the
// clients of another service notice nothing, and the next process is found by
// itself.
func TestServiceKilled(t *testing.T) {
	w := newWorldWith(t, withRPC)
	other := w.appOptions()
	other.Service, other.First, other.Last = "other", 0x9000, 0x90ff
	w.serve(other, func(c *app.Call) error { return app.Reply(c, &echoed{c.Body}) })
	guests := []*guest{w.guest("alice", codec.Binary), w.guest("bob", codec.JSON), w.guest("carol", codec.Binary)}
	var stop atomic.Bool
	var asking sync.WaitGroup
	asked := make([]int, len(guests))
	for i, g := range guests {
		asking.Go(func() {
			for ; !stop.Load(); asked[i]++ {
				g.ask(uint64(asked[i]))
				eventually(t, "an answer", func() bool { return g.settled(asked[i] + 1) })
			}
		})
	}
	dave := w.bystander("dave")
	for range 3 {
		s := w.process()
		before := guests[0].answered()
		eventually(t, "answers of the next process", func() bool { return guests[0].answered() >= before+20 })
		dave.asks(5)
		refused := guests[0].refusedFrames()
		s.kill()
		dave.asks(5)
		eventually(t, "a refusal", func() bool { return guests[0].refusedFrames() > refused })
	}
	stop.Store(true)
	asking.Wait()
	for i, g := range guests {
		if d := g.duplicates(); len(d) > 0 {
			t.Errorf("%s: answered twice: %v", g.Account(), d)
		}
		if n := g.answered() + g.refusedFrames(); n != asked[i] {
			t.Errorf("%s: %d answers and refusals for %d frames", g.Account(), n, asked[i])
		}
		for _, code := range g.refusals() {
			if !slices.Contains([]msgdef.ErrorCode{msgdef.CodeUnavailable, msgdef.CodeUnknownType, msgdef.CodeTimeout, msgdef.CodeBusy}, code) {
				t.Errorf("%s: refused with %v", g.Account(), code)
			}
		}
	}
}

// echoed is a message of the other service.
type echoed struct{ body []byte }

func (e *echoed) Type() uint16             { return 0x9001 }
func (e *echoed) Append(dst []byte) []byte { return append(dst, e.body...) }
func (e *echoed) Validate() error          { return nil }

// bystander is a client of the other service, which never fails.
type bystander struct {
	*user
	got chan string
}

func (w *world) bystander(name string) *bystander {
	b := &bystander{got: make(chan string, 100)}
	o := w.options(name)
	o.OnFrame = func(f client.Frame) { b.got <- string(f.Body) }
	o.OnRefused = func(r client.Refused) { w.t.Errorf("%s was refused: %v", name, r.Err) }
	b.user = w.connect(o)
	return b
}

// asks waits for n answers.
func (b *bystander) asks(n int) {
	b.t.Helper()
	for i := range n {
		want := fmt.Sprint("question ", i)
		if _, err := b.TellFrame(client.Frame{Type: 0x9000, Body: []byte(want)}); err != nil {
			b.t.Fatal(err)
		}
		select {
		case got := <-b.got:
			if got != want {
				b.t.Errorf("%s got %q, want %q", b.Account(), got, want)
			}
		case <-time.After(patience):
			b.t.Fatalf("%s: still waiting for %q", b.Account(), want)
		}
	}
}

// answered returns how many numbers were answered.
func (g *guest) answered() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.answers)
}

// refusedFrames returns how many frames were refused.
func (g *guest) refusedFrames() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.refused)
}
