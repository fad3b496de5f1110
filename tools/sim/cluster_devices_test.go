//go:build unix

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/secure"
	"github.com/sim-im/sim/tools/cluster"
)

// place is where a message is, and what it says.
type place struct {
	conv msgdef.Conversation
	cseq uint64
	kind msgdef.ContentKind
	body string
}

// witness is a device, and what it knows of its user's inbox.
type witness struct {
	t *testing.T
	*client.Client
	device uint64

	mu   sync.Mutex
	rows map[uint64]place // by useq
	last uint64           // useq of the newest that was handed over
}

// lasting is p without the text of a draft: who comes when it was replaced does not
// get it any more.
func (p place) lasting() place {
	var set msgdef.Setting
	if p.kind == msgdef.ContentSetting && set.Decode([]byte(p.body)) == nil {
		set.Draft = msgdef.TalkDraft{}
		p.body = string(set.Append(nil))
	}
	return p
}

// newWitness connects a device of a user, which looks for a gate by itself.
func newWitness(t *testing.T, c *cluster.Cluster, name string, device uint64) *witness {
	t.Helper()
	text, err := os.ReadFile(c.RootsFile())
	if err != nil {
		t.Fatal(err)
	}
	roots, err := secure.ParseRoots(text)
	if err != nil {
		t.Fatal(err)
	}
	w := &witness{t: t, device: device, rows: map[uint64]place{}}
	w.Client, err = client.New(client.Options{
		Addresses: c.Addrs(), Roots: roots, Dialer: client.TCPOnly(), Account: name, Password: "secret", Device: device,
		OnMessage: w.hear, OnResync: func(r client.Resync) { t.Errorf("device %d begins anew: %+v", device, r) },
		Timeouts: client.Timeouts{Ack: 2 * time.Second}, Backoff: client.Backoff{Max: time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := w.Connect(ctx); err != nil {
		t.Fatal(err)
	}
	return w
}

// hear takes a row of the inbox: each once, in order.
func (w *witness) hear(m *client.Message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if m.USeq <= w.last {
		w.t.Errorf("device %d: %d was handed over after %d", w.device, m.USeq, w.last)
	}
	w.last = m.USeq
	w.rows[m.USeq] = place{m.Conv, m.CSeq, m.Kind, string(m.Body)}
}

// sent takes the row of what the device has queued, when that is stored.
func (w *witness) sent(h *client.Handle) {
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	sent, err := h.Wait(ctx)
	if err != nil {
		w.t.Errorf("device %d: %v", w.device, err)
		return
	}
	m := h.Message()
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, twice := w.rows[sent.USeq]; twice {
		w.t.Errorf("device %d: %d was sent and handed over", w.device, sent.USeq)
	}
	w.rows[sent.USeq] = place{sent.Conv, sent.CSeq, m.Kind, string(m.Body)}
}

// busy has a device write, set and read, until told to end.
func (w *witness) busy(pair, group msgdef.Conversation, end <-chan struct{}) {
	var handles []*client.Handle
	for n := 0; ; n++ {
		select {
		case <-end:
			for _, h := range handles {
				w.sent(h)
			}
			return
		case <-time.After(20 * time.Millisecond):
		}
		conv := pair
		if n%2 == 0 {
			conv = group
		}
		text := fmt.Sprint(w.device, " ", n)
		switch rand.IntN(5) {
		case 0:
			handles = append(handles, w.SetDraft(conv, msgdef.TalkDraft{Text: "draft " + text}))
		case 1:
			handles = append(handles, w.SetPlace(conv, 1+rand.Uint32N(9)))
		case 2:
			handles = append(handles, w.DeleteForMe(conv, 2))
		case 3:
			if err := w.MarkRead(conv, 1); err != nil {
				w.t.Error(err)
			}
		default:
			handles = append(handles, w.Queue(conv, msgdef.ContentText, []byte(text)))
		}
	}
}

// caughtUp waits until a device has all of its user's inbox.
func (w *witness) caughtUp(head uint64) {
	w.t.Helper()
	for end := time.Now().Add(patience); w.Cursor() < head; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("device %d is at %d of %d", w.device, w.Cursor(), head)
		}
	}
}

// TestDevicesInTrouble has three devices of a user, and another user, write, set and
// read while gates, routes and the message service are killed. All devices have the
// same rows, each once and in order, and a new one is told what came of it.
func TestDevicesInTrouble(t *testing.T) {
	if testing.Short() {
		t.Skip("kills one process after another")
	}
	t.Parallel()
	c := startCluster(t)
	bob := newWitness(t, c, "bob", 9)
	var devices []*witness
	for device := range uint64(3) {
		devices = append(devices, newWitness(t, c, "alice", device+1))
	}
	alice := devices[0]
	pair := msgdef.Pair(alice.UID(), bob.UID())
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	group, err := bob.FoundGroup(ctx, msgdef.GroupInfo{Name: "Club"}, alice.UID())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // what is deleted
		for _, conv := range []msgdef.Conversation{pair, group} {
			if _, err := bob.Send(ctx, conv, msgdef.ContentText, []byte("from bob")); err != nil {
				t.Fatal(err)
			}
		}
	}
	end, working := make(chan struct{}), sync.WaitGroup{}
	for _, w := range devices {
		working.Go(func() { w.busy(pair, group, end) })
	}
	for _, names := range [][]string{{"gate-1"}, {"imservice"}, {"gate-2", "imservice"}, {"route-1"}, {"gate-1", "gate-2"}} {
		time.Sleep(500 * time.Millisecond)
		killTogether(t, c, names...)
		if _, err := bob.Send(ctx, pair, msgdef.ContentText, []byte("after "+strings.Join(names, ", "))); err != nil {
			t.Fatal(err)
		}
	}
	close(end)
	working.Wait()
	sameRows(t, devices)
	afresh(t, newWitness(t, c, "alice", 77), devices[1], pair, group)
}

// sameRows compares what devices of a user have, which is all there is.
func sameRows(t *testing.T, devices []*witness) {
	t.Helper()
	var head uint64
	for _, w := range devices {
		w.mu.Lock()
		for useq := range w.rows {
			head = max(head, useq)
		}
		w.mu.Unlock()
	}
	for _, w := range devices {
		w.caughtUp(head)
	}
	settings := 0
	for useq := uint64(1); useq <= head; useq++ {
		want := devices[0].rows[useq]
		for _, w := range devices[1:] {
			if got := w.rows[useq]; got.lasting() != want.lasting() || got.cseq == 0 {
				t.Errorf("row %d: device %d has %q, device %d %q", useq, w.device, fmt.Sprint(got), devices[0].device, fmt.Sprint(want))
			}
		}
		if want.kind == msgdef.ContentSetting {
			settings++
		}
	}
	if settings < 20 || int(head)-settings < 20 {
		t.Errorf("only %d rows, %d settings", head, settings)
	}
	t.Logf("%d rows, %d of them settings", head, settings)
}

// afresh has a new device learn what the settings that another one saw have come to,
// and page back.
func afresh(t *testing.T, w, old *witness, convs ...msgdef.Conversation) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	page, err := w.Talks(ctx, msgdef.Conversation{}, 0)
	if err != nil || len(page.Talks) != len(convs) {
		t.Fatalf("conversations: %+v, %v", page, err)
	}
	for _, talk := range page.Talks {
		want := old.state(talk.Conv)
		if talk.State != want {
			t.Errorf("state %+v, want %+v", talk.State, want)
		}
		history, err := w.History(ctx, talk.Conv, 4, 0)
		if err != nil || len(history.Messages) != 3 {
			t.Fatalf("history: %+v, %v", history, err)
		}
		for _, m := range history.Messages {
			if hidden := m.CSeq == 2; m.Made().Hidden != hidden || hidden != (len(m.Body) == 0) {
				t.Errorf("message %d: %+v, made %+v", m.CSeq, m, m.Made())
			}
		}
	}
}

// state is what settings have made of a conversation, by the rows of a device.
func (w *witness) state(conv msgdef.Conversation) (s msgdef.TalkState) {
	for useq := uint64(1); useq <= uint64(len(w.rows)); useq++ {
		row := w.rows[useq]
		var set msgdef.Setting
		if row.kind != msgdef.ContentSetting || set.Decode([]byte(row.body)) != nil || set.Conv != conv {
			continue
		}
		switch s.Changed = row.cseq; set.Act {
		case msgdef.SettingDraft:
			s.Draft, s.Drafted = set.Draft, row.cseq
		case msgdef.SettingPin:
			s.Place = set.Place
		case msgdef.SettingDelete:
			s.Deleted = 1
		}
	}
	return s
}
