//go:build unix

package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/gate/transport/tcp"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/codec"
	"github.com/sim-im/sim/msgdef/secure"
	"github.com/sim-im/sim/msgdef/vectors/kinds"
	"github.com/sim-im/sim/route/app"
	"github.com/sim-im/sim/tools/bench"
	"github.com/sim-im/sim/tools/cluster"
)

// office is a cluster with two processes of a business service, devices that
// ask it, and another service that tells all of them numbers.
type office struct {
	t      *testing.T
	c      *cluster.Cluster
	desks  [2]*desk
	askers []*asker
	asking sync.WaitGroup
	stop   chan struct{}

	news   *app.Service
	sent   atomic.Int64 // numbers told
	failed int          // of them, by some error
	struck [][2]uint64  // from and to: numbers told while a route was killed
}

// openOffice starts everything.
func openOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, c: startCluster(t), stop: make(chan struct{})}
	self, folder := programAs(t, "desk"), t.TempDir()
	for i := range o.desks {
		name := fmt.Sprint("desk-", i)
		o.desks[i] = newDesk(t, self, name, filepath.Join(folder, name), o.c.Routes())
	}
	o.connect()
	var err error
	o.news, err = app.Start(app.Options{
		Service: "news", First: uint16(kinds.TypeTexts), Last: uint16(kinds.TypeTexts), Routes: o.c.Routes(),
		Logger: slog.New(slog.DiscardHandler),
	}, func(*app.Call) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := o.news.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return o
}

// connect makes two devices for each of six users, in both codecs and over both
// transports.
func (o *office) connect() {
	text, err := os.ReadFile(o.c.RootsFile())
	if err != nil {
		o.t.Fatal(err)
	}
	roots, err := secure.ParseRoots(text)
	if err != nil {
		o.t.Fatal(err)
	}
	over := []transport.Dialer{tcp.Dialer{}, client.QUICOnly(roots)}
	for i := range 12 {
		o.askers = append(o.askers, newAsker(o.t, client.Options{
			Addresses: o.c.Addrs(), Roots: roots, Account: fmt.Sprint("bench-asker-", i/2), Password: "secret",
			Codec: codec.All()[i%2], Backoff: client.Backoff{Min: 5 * time.Millisecond, Max: 100 * time.Millisecond},
			Timeouts: client.Timeouts{Pong: time.Second},
		}, over[i/2%2]))
	}
}

// open begins to ask and to tell.
func (o *office) open() {
	for _, a := range o.askers {
		o.asking.Go(func() { a.run(o.stop) })
	}
	o.asking.Go(o.tell)
}

// tell tells all, and hundreds who are not there, a number after another.
func (o *office) tell() {
	var uids []uint64
	for _, a := range o.askers {
		uids = append(uids, a.UID())
		for i := range uint64(50) {
			uids = append(uids, 1<<40+a.Device()%1000*50+i)
		}
	}
	uids = append(slices.Clip(uids[:0:0]), uids...)
	seen := map[uint64]bool{}
	uids = slices.DeleteFunc(uids, func(u uint64) bool { again := seen[u]; seen[u] = true; return again })
	for n := 1; ; n++ {
		select {
		case <-o.stop:
			return
		case <-time.After(5 * time.Millisecond):
		}
		ctx, cancel := context.WithTimeout(o.t.Context(), 2*time.Second)
		_, err := app.Tell(ctx, o.news, &kinds.Texts{Text: strconv.Itoa(n)}, uids...)
		cancel()
		o.sent.Add(1)
		if err != nil {
			o.failed++
		}
	}
}

// close ends the asking, and has every device get one more answer.
func (o *office) close() {
	close(o.stop)
	o.asking.Wait()
	var all sync.WaitGroup
	for _, a := range o.askers {
		all.Go(func() {
			for end := time.Now().Add(patience); !a.served(); time.Sleep(10 * time.Millisecond) {
				if time.Now().After(end) {
					o.t.Errorf("%s is not served any more: %v, %d open", a.Account(), a.Status(), a.open())
					return
				}
			}
		})
	}
	all.Wait()
	o.reach()
}

// reach tells everybody again until all have heard one number: a session that
// routes have lost would hear none.
func (o *office) reach() {
	var deaf []string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		var uids []uint64
		for i := 0; i < len(o.askers); i += 2 {
			uids = append(uids, o.askers[i].UID())
		}
		n := o.sent.Add(1)
		if _, err := app.Tell(o.t.Context(), o.news, &kinds.Texts{Text: strconv.FormatInt(n, 10)}, uids...); err != nil {
			continue
		}
		time.Sleep(200 * time.Millisecond)
		deaf = nil
		for _, a := range o.askers {
			if !a.heard(uint64(n)) {
				deaf = append(deaf, fmt.Sprint(a.Account(), "/", a.Device(), " ", a.Status()))
			}
		}
		if len(deaf) == 0 {
			return
		}
	}
	o.t.Errorf("connected and not told any more: %q", deaf)
	for _, p := range o.c.Processes() {
		if p.HTTP() != "" {
			o.t.Logf("%s:\n%s", p.Name(), metrics(o.t, p))
		}
	}
}

// check compares what was served with what was answered.
func (o *office) check() {
	type question struct{ uid, device, n uint64 }
	type sender struct{ uid, device uint64 }
	times := map[question]int{}
	last := map[sender]uint64{}
	lines := slices.Concat(o.desks[0].read(), o.desks[1].read())
	slices.SortStableFunc(lines, func(a, b served) int { return int(a.at - b.at) })
	askers := map[sender]*asker{}
	for _, a := range o.askers {
		askers[sender{a.UID(), a.Device()}] = a
	}
	late := 0
	for _, s := range lines {
		from := sender{s.uid, s.device}
		a := askers[from]
		if a == nil || s.n >= a.next {
			o.t.Errorf("served what nobody asked: %+v", s)
			continue
		}
		if q := (question{s.uid, s.device, s.n}); times[q] > 0 {
			o.t.Errorf("served twice: %+v", s)
		} else {
			times[q]++
		}
		if before, any := last[from]; any && s.n < before {
			if a.answered[s.n] {
				o.t.Errorf("served %d after %d: %+v", s.n, before, s)
			}
			late++
			continue
		}
		last[from] = s.n
	}
	o.report(len(lines), late)
	for who, a := range askers {
		for n := range a.answered {
			if times[question{who.uid, who.device, n}] != 1 {
				o.t.Errorf("%s: %d was answered and not served", a.Account(), n)
			}
		}
	}
}

// report checks what everybody was told, and shows the numbers.
func (o *office) report(served, late int) {
	asked, answered, lost, told := 0, 0, 0, 0
	refused := map[msgdef.ErrorCode]int{}
	for _, a := range o.askers {
		asked += int(a.next)
		answered += len(a.answered)
		lost += a.lost + len(a.unsure)
		told += len(a.told)
		for _, code := range a.refused {
			refused[code]++
		}
		for i := 1; i < len(a.told); i++ {
			if a.told[i] <= a.told[i-1] && !o.underway(a.told[i]) {
				o.t.Errorf("%s was told %d after %d", a.Account(), a.told[i], a.told[i-1])
			}
		}
		if len(a.early) > 0 {
			o.t.Errorf("%s: refusals of what was not asked: %v", a.Account(), a.early)
		}
	}
	o.t.Logf("asked %d, served %d (%d late), answered %d, refused %v, lost with connections %d; told %d times, %d failed, %d arrived",
		asked, served, late, answered, refused, lost, o.sent.Load(), o.failed, told)
	if answered < asked/2 {
		o.t.Error("less than half was answered")
	}
}

// kill ends parts of the cluster together, and notes what was told of late when
// a route is among them.
func (o *office) kill(parts ...string) {
	for _, part := range parts {
		if strings.HasPrefix(part, "route") {
			from := uint64(o.sent.Load())
			o.c.Process(part).Kill()
			o.struck = append(o.struck, [2]uint64{from, uint64(o.sent.Load())})
		}
	}
	killTogether(o.t, o.c, parts...)
}

// underway tells whether a number may have been with a route when that was
// killed: it may come after the next ones, which went through another route.
func (o *office) underway(n uint64) bool {
	return slices.ContainsFunc(o.struck, func(s [2]uint64) bool { return n >= s[0] && n <= s[1]+3 })
}

// TestApplicationsInTrouble kills and stops business services, gates and
// routes under load. Every frame is served once or not at all, in order, and its
// sender, and nobody else, gets the answer, a refusal, or loses the connection.
// Ordinary messages notice nothing.
func TestApplicationsInTrouble(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a while for each trouble")
	}
	t.Parallel()
	o := openOffice(t)
	rounds := max(1, number(os.Getenv("SIM_TROUBLE_ROUNDS")))
	measuring, reports := underLoad(t, o.c, bench.Plan{
		Clients: 16, InFlight: 2, Size: 64, Duration: time.Duration(rounds) * 16 * time.Second,
	})
	awaitLine(t, measuring, "measuring: 1s")
	go io.Copy(io.Discard, measuring) // so that the load need not wait
	began := time.Now()
	o.open()
	for range rounds {
		o.trouble()
	}
	over := time.Since(began)
	o.close()
	t.Logf("%v of trouble, served again %v later", over, time.Since(began)-over)
	o.check()
	r := <-reports
	if err := r.Err(); err != nil {
		t.Error(err)
	}
	t.Logf("messages: %.0f acknowledged per second, p99 %.0f ms", r.Measure("acknowledged").PerSecond, r.Measure("acknowledged").P99)
}

// number is 0 for what is none.
func number(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

// trouble does everything that may happen, once.
func (o *office) trouble() {
	pause := func() { time.Sleep(700 * time.Millisecond) }
	one, other := o.desks[0], o.desks[1]
	one.kill()
	pause()
	one.start()
	pause()
	one.kill()
	other.kill()
	pause()
	one.start()
	other.start()
	pause()
	o.kill("gate-1")
	pause()
	o.kill("route-1")
	pause()
	if err := syscall.Kill(other.cmd.Process.Pid, syscall.SIGSTOP); err != nil {
		o.t.Error(err)
	}
	time.Sleep(5 * time.Second)
	if err := syscall.Kill(other.cmd.Process.Pid, syscall.SIGCONT); err != nil {
		o.t.Error(err)
	}
	pause()
	o.kill("gate-2", "route-2")
	pause()
}
