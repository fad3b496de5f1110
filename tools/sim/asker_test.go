package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/vectors/kinds"
)

// dials counts the connections that a client asked for.
type dials struct {
	transport.Dialer
	n atomic.Int64
}

// Dial implements transport.Dialer.
func (d *dials) Dial(ctx context.Context, addr string) (transport.Conn, error) {
	d.n.Add(1)
	return d.Dialer.Dial(ctx, addr)
}

// asker is a device that asks a service numbers, and listens to another one.
type asker struct {
	t *testing.T
	*client.Client
	dials *dials

	mu       sync.Mutex
	asked    map[uint64]int64  // numbers that are open, and the dials before
	frames   map[uint64]uint64 // numbers by that of the frame
	answered map[uint64]bool
	refused  map[uint64]msgdef.ErrorCode
	early    []client.Refused // whose number is not yet known
	unsure   map[uint64]bool  // numbers asked while the connection changed
	next     uint64
	last     bool      // no question but a last one is asked
	moved    time.Time // when something was heard, or a sign of life asked for
	lost     int       // numbers that ended with a connection
	told     []uint64
}

// newAsker connects a device.
func newAsker(t *testing.T, o client.Options, over transport.Dialer) *asker {
	t.Helper()
	a := &asker{
		t: t, dials: &dials{Dialer: over}, asked: map[uint64]int64{}, frames: map[uint64]uint64{},
		answered: map[uint64]bool{}, refused: map[uint64]msgdef.ErrorCode{},
		unsure: map[uint64]bool{},
	}
	o.Dialer = a.dials
	o.OnFrame = func(f client.Frame) {
		if err := client.Dispatch(f, new(kinds.DownDecoder), kinds.DownHandler(ears{a: a}), kinds.FromJSON); err != nil {
			t.Errorf("%s: %v: %v", a.Account(), f.Type, err)
		}
	}
	o.OnRefused = a.refusal
	c, err := client.New(o)
	if err != nil {
		t.Fatal(err)
	}
	a.Client = c
	t.Cleanup(func() { _ = c.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := c.Connect(ctx); err != nil {
		t.Fatal(err)
	}
	return a
}

// ears are what an asker hears.
type ears struct {
	kinds.DownHandler
	a *asker
}

// HandleLists takes an answer, which must be one to an open question of this
// device.
func (e ears) HandleLists(m *kinds.Lists) error {
	a := e.a
	if len(m.Longs) != 3 || m.Longs[0] != a.UID() || m.Longs[1] != a.Device() {
		return fmt.Errorf("the answer of somebody else: %v", m.Longs)
	}
	n := m.Longs[2]
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, open := a.asked[n]; !open && !a.unsure[n] {
		return fmt.Errorf("an answer to %d, which is not open; answered before: %v, refused: %v", n, a.answered[n], a.refused[n])
	}
	delete(a.asked, n)
	delete(a.unsure, n)
	a.answered[n] = true
	a.moved = time.Now()
	return nil
}

// HandleTexts takes what all are told.
func (e ears) HandleTexts(m *kinds.Texts) error {
	n, err := strconv.ParseUint(m.Text, 10, 64)
	e.a.mu.Lock()
	defer e.a.mu.Unlock()
	e.a.told = append(e.a.told, n)
	return err
}

// refusal takes a refusal. It may come before Tell has returned the number.
func (a *asker) refusal(r client.Refused) {
	a.mu.Lock()
	defer a.mu.Unlock()
	n, ok := a.frames[r.Number]
	if !ok {
		a.early = append(a.early, r)
		return
	}
	a.refuse(n, r)
}

// refuse enters a refusal. The lock is held.
func (a *asker) refuse(n uint64, r client.Refused) {
	if _, open := a.asked[n]; !open && !a.unsure[n] {
		a.t.Errorf("%s: a refusal of %d, which is not open: %v", a.Account(), n, r.Err)
	}
	delete(a.asked, n)
	delete(a.unsure, n)
	a.moved = time.Now()
	a.refused[n] = r.Err.Code
}

// ask asks the next number, if there is a connection.
func (a *asker) ask() error {
	a.mu.Lock()
	n := a.next
	a.next++
	before := a.dials.n.Load()
	a.asked[n] = before
	a.mu.Unlock()
	number, err := client.Tell(a.Client, &kinds.Lists{Longs: []uint64{n}})
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil { // it was not sent
		delete(a.asked, n)
		if errors.Is(err, client.ErrDisconnected) {
			return nil
		}
		return err
	}
	a.frames[number] = n
	if _, open := a.asked[n]; open && a.dials.n.Load() != before {
		delete(a.asked, n)
		a.unsure[n] = true
	}
	for i, r := range a.early {
		if r.Number == number {
			a.early = append(a.early[:i:i], a.early[i+1:]...)
			a.refuse(n, r)
			break
		}
	}
	return nil
}

// open returns how many questions may still be answered: others went with their
// connection.
func (a *asker) open() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	now, online := a.dials.n.Load(), a.Status().Phase == client.Online
	maps.DeleteFunc(a.asked, func(_ uint64, before int64) bool {
		gone := online && before < now
		if gone {
			a.lost++
		}
		return gone
	})
	if len(a.asked) == 0 {
		a.moved = time.Now()
	} else if online && time.Since(a.moved) > patienceWithAnswers {
		a.moved = time.Now()
		go a.doubt()
	}
	return len(a.asked)
}

// patienceWithAnswers is more than a route waits for a service.
const patienceWithAnswers = 3 * time.Second

// doubt has a connection prove that it is one. A gate that was killed says
// nothing over QUIC, and the next heartbeat may be a minute away.
func (a *asker) doubt() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = a.Rebind(ctx) // when it cannot move, the sign of life is asked for where it is
}

// served asks once more when nothing is open, and returns whether the last
// question was answered.
func (a *asker) served() bool {
	if a.open() > 0 {
		return false
	}
	a.mu.Lock()
	ok := a.next > 0 && a.last && a.answered[a.next-1]
	a.mu.Unlock()
	if !ok {
		a.mu.Lock()
		a.last = true
		a.mu.Unlock()
		if err := a.ask(); err != nil {
			a.t.Error(err)
		}
	}
	return ok
}

// heard returns whether a number was told.
func (a *asker) heard(n uint64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Contains(a.told, n)
}

// run asks until stop, with a few questions open at a time.
func (a *asker) run(stop <-chan struct{}) {
	ticker := time.NewTicker(4 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-stop:
			return
		}
		if a.open() < 8 {
			if err := a.ask(); err != nil {
				a.t.Errorf("%s: %v", a.Account(), err)
				return
			}
		}
	}
}
