//go:build unix

package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/secure"
	"github.com/sim-im/sim/tools/cluster"
)

// TestClusterResumes kills each gate in turn. Clients come to the other one with
// the tickets that the dead one gave them, and what they sent meanwhile is there
// once and in order.
func TestClusterResumes(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	awaitImages(t, c)
	var all []*mover
	for i := range 6 {
		all = append(all, move(t, c, fmt.Sprint("bench-mover-", i)))
	}
	for round, name := range []string{"gate-1", "gate-2"} {
		for _, m := range all {
			m.await(t, "two tickets", func() bool { return m.tickets == 2 })
		}
		victim := c.Process(name)
		victim.Kill()
		for i, m := range all {
			m.say(t, all[(i+1)%len(all)])
		}
		for _, m := range all {
			m.await(t, "its message", func() bool { return len(m.got) == round+1 })
			if s := m.Status(); s.Phase != client.Online {
				t.Errorf("%s is %+v", m.Account(), s)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		if err := c.Restart(ctx, victim); err != nil {
			t.Error(err)
		}
		cancel()
		awaitImages(t, c)
	}
	resumed := 0
	for i, m := range all {
		m.mu.Lock()
		for round, text := range m.got {
			if want := fmt.Sprintf("%s says %d", all[(i+len(all)-1)%len(all)].name, round); text != want {
				t.Errorf("%s got %q, want %q", m.name, text, want)
			}
		}
		if m.full != 1 {
			t.Errorf("%s has proved its account %d times", m.name, m.full)
		}
		resumed += m.resumed
		m.mu.Unlock()
	}
	if resumed < len(all) { // each was at one of the gates
		t.Errorf("%d sessions were resumed", resumed)
	}
}

// mover is a device that both gates are known to, and its state.
type mover struct {
	*client.Client
	client.MemoryState
	name string
	said int

	mu            sync.Mutex
	tickets       int
	full, resumed int
	got           []string
}

func move(t *testing.T, c *cluster.Cluster, name string) *mover {
	t.Helper()
	text, err := os.ReadFile(c.RootsFile())
	if err != nil {
		t.Fatal(err)
	}
	roots, err := secure.ParseRoots(text)
	if err != nil {
		t.Fatal(err)
	}
	m := &mover{name: name}
	m.Client, err = client.New(client.Options{
		Addresses: c.Addrs(), Roots: roots, Dialer: client.TCPOnly(), Account: name, Password: "secret", State: m, // tickets are not for QUIC
		OnMessage: m.hear, OnState: m.came, Timeouts: client.Timeouts{Save: time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Client.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := m.Connect(ctx); err != nil {
		t.Fatal(err)
	}
	return m
}

// Close implements client.State: that of the Client ends the device.
func (m *mover) Close() error { return m.MemoryState.Close() }

// Save implements client.State.
func (m *mover) Save(s client.Snapshot) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tickets = len(s.Tickets)
	return m.MemoryState.Save(s)
}

func (m *mover) hear(message *client.Message) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.got = append(m.got, string(message.Body))
}

func (m *mover) came(s client.Status) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case s.Phase == client.Online && s.Resumed:
		m.resumed++
	case s.Phase == client.Online:
		m.full++
	}
}

// say sends one message, and waits for its acknowledgement.
func (m *mover) say(t *testing.T, to *mover) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	text := fmt.Sprintf("%s says %d", m.name, m.said)
	m.said++
	if _, err := m.Send(ctx, msgdef.Pair(m.UID(), to.UID()), msgdef.ContentText, []byte(text)); err != nil {
		t.Errorf("%s: %v", text, err)
	}
}

func (m *mover) await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		m.mu.Lock()
		ok := done()
		m.mu.Unlock()
		if ok {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s still waits for %s", m.name, what)
		}
	}
}
