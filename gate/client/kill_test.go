package client

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/transport/tcp"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/secure"
)

// Environment of the process that TestQueueOfKilledProcesses kills.
const (
	killFolder  = "SIM_TEST_KILL_FOLDER" // with roots.json and the state
	killAddress = "SIM_TEST_KILL_ADDRESS"
	killNext    = "SIM_TEST_KILL_NEXT" // number of the next message, unless it is queued
	killLast    = "SIM_TEST_KILL_LAST" // where to stop and flush; 0: go on until killed
)

// sender queues numbered messages, and says which are kept, as fast as it can.
func sender(t *testing.T, folder string) {
	state := NewFileState(filepath.Join(folder, "state.json"))
	c := must(New(Options{
		Address: os.Getenv(killAddress), Dialer: tcp.Dialer{}, Roots: must(secure.ParseRoots(must(os.ReadFile(filepath.Join(folder, "roots.json"))))),
		Account: "alice", Password: "secret", Device: testDevice, State: state,
		Backoff:  Backoff{Min: time.Millisecond, Max: 20 * time.Millisecond},
		Timeouts: Timeouts{Ack: 200 * time.Millisecond},
	}))
	next, last := must(strconv.Atoi(os.Getenv(killNext))), must(strconv.Atoi(os.Getenv(killLast)))
	for _, h := range c.Queued() {
		next = max(next, 1+must(strconv.Atoi(string(h.Message().Body))))
	}
	go func() {
		for c.Connect(context.Background()) != nil {
			time.Sleep(time.Millisecond)
		}
	}()
	for n := next; last == 0 || n <= last; n++ {
		h := c.Queue(testConv, 1, []byte(strconv.Itoa(n)))
		select {
		case <-h.Done():
			if _, err := h.Wait(context.Background()); err != nil {
				t.Fatalf("message %d: %v", n, err)
			}
		default:
		}
		fmt.Println("kept", n)
	}
	if err := c.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}

// killServer is chaos over TCP, whose numbers another goroutine may ask for.
type killServer struct {
	mu sync.Mutex
	chaos
}

func (s *killServer) serveAll() {
	for {
		conn, err := s.g.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock() // one after another: a new process comes when the old one is dead
		s.talk(&peer{t: s.g.t, conn: conn})
		conn.Close()
		s.mu.Unlock()
	}
}

// stored returns the numbers of the messages as they were stored, when no
// connection is left.
func (s *killServer) stored() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]int, len(s.bodies))
	for i, body := range s.bodies {
		list[i] = must(strconv.Atoi(body))
	}
	return list
}

// A process that is killed again and again between taking a message and its
// acknowledgement, by a server that is busy, loses acknowledgements and drops
// connections: what was kept is stored, once, in order.
func TestQueueOfKilledProcesses(t *testing.T) {
	if folder := os.Getenv(killFolder); folder != "" {
		sender(t, folder)
		return
	}
	kills := 25
	if testing.Short() {
		kills = 5
	}
	g := newGate(t)
	g.listener.Close()
	g.listener = must(tcp.Listen("127.0.0.1:0"))
	s := &killServer{chaos: chaos{g: g, random: rand.New(rand.NewPCG(7, 1)), acks: make(map[uint64]*msgdef.SendAck), tickets: make(map[[16]byte][32]byte)}}
	var server sync.WaitGroup
	server.Go(s.serveAll)
	defer server.Wait()
	defer g.listener.Close()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "roots.json"), g.roots.JSON(), 0o600); err != nil {
		t.Fatal(err)
	}
	kept, random := 0, rand.New(rand.NewPCG(8, 1))
	for range kills {
		kept = max(kept, killed(t, g.listener.Addr(), folder, 1+max(kept, last(s.stored())), random.IntN(40)))
	}
	next := 1 + max(kept, last(s.stored()))
	finish(t, g.listener.Addr(), folder, next, next+20)
	for i, n := range s.stored() {
		if n != i+1 {
			t.Fatalf("number %d is message %d", i+1, n)
		}
	}
	if n := last(s.stored()); n < next+20 {
		t.Errorf("%d messages stored of %d", n, next+20)
	}
	t.Logf("%d kills, %d messages, %d of them kept by a process that was killed", kills, last(s.stored()), kept)
}

func last(list []int) int {
	if len(list) == 0 {
		return 0
	}
	return list[len(list)-1]
}

// process starts a sender.
func process(t *testing.T, address string, folder string, next, last int) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	p := exec.Command(os.Args[0], "-test.run=^TestQueueOfKilledProcesses$", "-test.timeout=60s")
	p.Env = append(os.Environ(), killFolder+"="+folder, killAddress+"="+address,
		killNext+"="+strconv.Itoa(next), killLast+"="+strconv.Itoa(last))
	out := must(p.StdoutPipe())
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	return p, bufio.NewScanner(out)
}

// killed kills a sender some messages after it began, and returns the number of
// the last one that it said to be kept.
func killed(t *testing.T, address string, folder string, next, after int) (kept int) {
	t.Helper()
	p, lines := process(t, address, folder, next, 0)
	for n := 0; lines.Scan(); n++ {
		if _, err := fmt.Sscanf(lines.Text(), "kept %d", &kept); err != nil {
			t.Errorf("it said %q", lines.Text())
		}
		if n == after {
			p.Process.Kill()
		}
	}
	if p.Wait() == nil {
		t.Fatal("the process ended by itself")
	}
	return kept
}

// finish has a sender work everything off.
func finish(t *testing.T, address string, folder string, next, last int) {
	t.Helper()
	p, lines := process(t, address, folder, next, last)
	for lines.Scan() {
	}
	if err := p.Wait(); err != nil {
		t.Fatal(err)
	}
}
