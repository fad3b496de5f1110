package dev

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/imservice"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/push"
	"github.com/sim-im/sim/route/app"
)

// TestKill9 kills a running server again and again under load. Nothing
// acknowledged is lost, nothing served is taken back, no sequence is used for
// two messages, and everything is gapless.
func TestKill9(t *testing.T) {
	defer goleak.VerifyNone(t)
	kills := 8
	if testing.Short() {
		kills = 2
	}
	p := newProgram(t)
	p.start(t)
	book := newLedger()
	pairs := make([]*pair, 4)
	for i := range pairs {
		pairs[i] = newPair(t, p, book, i)
	}
	var stop atomic.Bool
	var sending sync.WaitGroup
	for _, pr := range pairs {
		for _, m := range pr {
			sending.Go(func() { m.load(t, &stop) })
		}
	}
	for range kills {
		goal := book.acks() + 200 + rand.N(600) // every life of the server does something
		eventually(t, "acknowledgements", func() bool { return book.acks() >= goal })
		p.kill(t)
		p.start(t)
	}
	stop.Store(true)
	sending.Wait()
	for _, pr := range pairs {
		pr.check(t, p, book)
	}
	book.checkFaults(t)
	t.Logf("%d messages acknowledged over %d kills", book.acks(), kills)
	p.kill(t)
}

// hookOf is the push service of a program.
func hookOf(url string) push.Providers {
	if url == "" {
		return push.Providers{}
	}
	return push.Providers{Webhook: url, WebhookSecret: secretOfHook}
}

// program is a Server as a process: this test binary once more.
type program struct {
	data, listen, http string
	hook               string // URL for notifications; "" for none
	cmd                *exec.Cmd
	output             bytes.Buffer
}

// asProgram holds what the process serves: data folder, both addresses, hook.
const asProgram = "SIM_TEST_PROGRAM"

// asService holds where a process that is a business service claims.
const asService = "SIM_TEST_SERVICE"

// TestMain lets the test binary be a program, which serves until it is killed.
func TestMain(m *testing.M) {
	if what := strings.Split(os.Getenv(asProgram), "|"); len(what) == 4 {
		_, err := Start(context.Background(), Options{
			Data: what[0], Listen: what[1], HTTP: what[2], Push: hookOf(what[3]),
			Logger:       slog.New(slog.NewTextHandler(os.Stderr, nil)),
			PasswordCost: imservice.PasswordCost{MemoryKiB: 64, Iterations: 1, Parallelism: 1},
		})
		if err == nil {
			select {}
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if routes := os.Getenv(asService); routes != "" {
		o := serviceOptions(routes)
		o.Logger = slog.New(slog.NewTextHandler(os.Stderr, nil))
		fmt.Fprintln(os.Stderr, app.Serve(context.Background(), o, answer))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func newProgram(t *testing.T) *program {
	t.Helper()
	p := &program{data: filepath.Join(t.TempDir(), "data"), listen: closedPort(t), http: closedPort(t)}
	t.Cleanup(func() {
		if p.cmd != nil {
			p.kill(t)
		}
	})
	return p
}

func (p *program) start(t *testing.T) {
	t.Helper()
	p.output.Reset()
	p.cmd = exec.Command(os.Args[0])
	p.cmd.Env = append(os.Environ(), asProgram+"="+strings.Join([]string{p.data, p.listen, p.http, p.hook}, "|"))
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	probe := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for end := time.Now().Add(patience); ; time.Sleep(2 * time.Millisecond) {
		answer, err := probe.Get("http://" + p.http + "/readyz")
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(end) {
			p.kill(t)
			t.Fatalf("the server is not ready: %v\n%s", err, p.output.Bytes())
		}
	}
}

func (p *program) kill(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Errorf("kill: %v\n%s", err, p.output.Bytes())
	}
	_ = p.cmd.Wait() // says "killed"
	p.cmd = nil
}

// world is the program as a server that users connect to.
func (p *program) world(t *testing.T) *world {
	return &world{
		t: t, opts: Options{Data: p.data, Listen: p.listen},
		server: &Server{opts: Options{Data: p.data, Listen: p.listen}},
	}
}

// pair is two users who write to each other.
type pair [2]*member

// member is a user under load, whose client lives as long as the test.
type member struct {
	*client.Client
	name string
	conv msgdef.Conversation
	book *ledger
	sent atomic.Uint64
}

// underWay is how many messages of a member wait for their acknowledgement.
const underWay = 8

func newPair(t *testing.T, p *program, book *ledger, number int) *pair {
	t.Helper()
	pr := new(pair)
	for i := range pr {
		m := &member{name: fmt.Sprintf("bench-%d-%d", number, i), book: book}
		options := p.world(t).options(m.name)
		options.OnMessage = func(msg *client.Message) { book.deliver(m.UID(), msg) }
		options.Timeouts = client.Timeouts{Ack: time.Second}
		c, err := client.New(options)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		if err := c.Connect(t.Context()); err != nil {
			t.Fatal(err)
		}
		m.Client = c
		pr[i] = m
	}
	conv := msgdef.Pair(pr[0].UID(), pr[1].UID())
	pr[0].conv, pr[1].conv = conv, conv
	return pr
}

// load keeps messages under way until stop, and then waits for the last.
func (m *member) load(t *testing.T, stop *atomic.Bool) {
	var senders sync.WaitGroup
	for range underWay {
		senders.Go(func() {
			for !stop.Load() {
				text := fmt.Sprintf("%s %d", m.name, m.sent.Add(1))
				sent, err := m.Send(t.Context(), m.conv, msgdef.ContentText, []byte(text))
				if err != nil {
					t.Errorf("%s: %v", text, err)
					return
				}
				m.book.ack(m.UID(), sent, text)
			}
		})
	}
	senders.Wait()
}

// check reads everything back with devices that know nothing.
func (pr *pair) check(t *testing.T, p *program, book *ledger) {
	t.Helper()
	for _, m := range pr {
		m.Close()
		u := p.world(t).user(m.name)
		history := u.history(m.conv, 500)
		book.checkHistory(t, m.conv, history)
		book.checkInbox(t, u.UID(), u.messages(len(history)))
		if want := int(pr[0].sent.Load() + pr[1].sent.Load()); len(history) != want {
			t.Errorf("%s: %d messages stored, %d sent and all acknowledged", m.name, len(history), want)
		}
		u.close()
	}
}
