//go:build unix

package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/tools/cluster"
)

// reader is a device, and what it was given of one group.
type reader struct {
	t    *testing.T
	name string

	mu    sync.Mutex
	texts []string
	last  uint64 // cseq
}

// hear takes what comes next of the group: inbox or topic, nothing twice and nothing
// left out.
func (r *reader) hear(m *client.Message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last > 0 && m.CSeq != r.last+1 {
		r.t.Errorf("%s: message %d came after %d", r.name, m.CSeq, r.last)
	}
	r.last = m.CSeq
	if m.Kind == msgdef.ContentText {
		r.texts = append(r.texts, string(m.Body))
	}
}

// has waits until a message was handed over, and returns the texts until then.
func (r *reader) has(cseq uint64) []string {
	r.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		r.mu.Lock()
		last, texts := r.last, r.texts
		r.mu.Unlock()
		if last >= cseq {
			return texts
		}
		if time.Now().After(end) {
			r.t.Fatalf("%s is at %d of %d", r.name, last, cseq)
		}
	}
}

// TestGrowthInTrouble has a group grow from inboxes to a big one while its owner
// writes and processes are killed. Members at both gates get each message once and
// in order, before, during and after; those whom a killed service left unsure send
// again, and nobody is added twice.
func TestGrowthInTrouble(t *testing.T) {
	if testing.Short() {
		t.Skip("kills one process after another")
	}
	t.Parallel()
	c := startClusterWith(t, func(o *cluster.Options) {
		o.ServiceFlags = []string{"--password-memory", "64KiB", "--password-iterations", "1"}
	})
	owner := device(t, c, 0, "bench-owner", 1, nil) // free of the send rate
	var readers []*reader
	var uids []uint64
	for i := range 4 {
		r := &reader{t: t, name: fmt.Sprint("member-", i)}
		readers, uids = append(readers, r), append(uids, device(t, c, i%2, r.name, 1, r.hear).UID())
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	conv, err := owner.FoundGroup(ctx, msgdef.GroupInfo{Name: "Club"}, uids...)
	if err != nil {
		t.Fatal(err)
	}
	crowd := enrol(t, c, 210)

	end, written := make(chan struct{}), make(chan []string)
	go func() { written <- writes(ctx, t, owner, conv, end) }()
	var grown client.Sent
	for i, names := range [][]string{{"imservice"}, {"gate-1"}, {"imservice", "gate-2"}, {"route-1"}, {"imservice", "route-2"}} {
		part := crowd[i*42 : (i+1)*42]
		added := make(chan error, 1)
		go func() {
			var err error
			grown, err = owner.ChangeGroup(ctx, conv, &msgdef.GroupChange{Act: msgdef.GroupAdd, UIDs: part})
			added <- err
		}()
		killTogether(t, c, names...)
		if err := <-added; err != nil {
			t.Fatalf("growing while %v is killed: %v", names, err)
		}
	}
	killTogether(t, c, "gate-1", "gate-2", "imservice")
	close(end)
	texts := <-written
	last, err := owner.Send(ctx, conv, msgdef.ContentText, []byte("the end"))
	if err != nil {
		t.Fatal(err)
	}
	texts = append(texts, "the end")
	for _, r := range readers {
		if got := r.has(last.CSeq); !slices.Equal(got, texts) {
			t.Errorf("%s has %d texts, not the %d that were written", r.name, len(got), len(texts))
		}
	}
	list, err := owner.Groups(ctx, conv)
	if err != nil || len(list) != 1 || list[0].Members != 215 || list[0].Big == 0 || list[0].Big > grown.CSeq {
		t.Errorf("the group: %+v, %v", list, err)
	}
	t.Logf("%d texts, big from message %d on", len(texts), list[0].Big)
}

// enrol makes accounts and returns their users.
func enrol(t *testing.T, c *cluster.Cluster, n int) (uids []uint64) {
	t.Helper()
	for i := range n {
		d := device(t, c, i%2, fmt.Sprint("crowd-", i), 1, nil)
		uids = append(uids, d.UID())
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return uids
}

// writes queues texts until told to end, and returns them when all are stored.
func writes(ctx context.Context, t *testing.T, c *client.Client, conv msgdef.Conversation, end <-chan struct{}) (texts []string) {
	var handles []*client.Handle
	for {
		select {
		case <-end:
			for i, h := range handles {
				if _, err := h.Wait(ctx); err != nil {
					t.Errorf("%s: %v", texts[i], err)
				}
			}
			return texts
		case <-time.After(5 * time.Millisecond):
		}
		texts = append(texts, fmt.Sprint("text ", len(texts)))
		handles = append(handles, c.Queue(conv, msgdef.ContentText, []byte(texts[len(texts)-1])))
	}
}
