package imservice

import (
	"context"
	"fmt"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

func TestPullsAreBounded(t *testing.T) {
	w := newWorld(t, 2, func(o *Options) {
		o.Limits.PageEntries, o.Limits.PageBytes = 3, 20_000
	})
	a, b := w.users[0], w.users[1]
	for i := range uint64(10) {
		w.send(text(a, b, i+1, fmt.Sprint(i)))
	}
	big := make([]byte, msgdef.MaxBody)
	for i := range uint64(5) {
		w.send(text(a, b, i+11, string(big)))
	}
	epoch := w.store.Epoch()
	if p := w.pull(rpc.Pull{UID: b}); len(p.Entries) != 3 || p.Head != 15 || p.StoreEpoch != epoch {
		t.Fatalf("%d entries, head %d, epoch %d", len(p.Entries), p.Head, p.StoreEpoch)
	}
	if p := w.pull(rpc.Pull{UID: b, Limit: 5}); len(p.Entries) != 5 {
		t.Fatalf("%d entries, want the 5 that were asked for", len(p.Entries))
	}
	if p := w.pull(rpc.Pull{UID: b, After: 10, StoreEpoch: epoch, Limit: 5}); len(p.Entries) == 0 || len(p.Entries) > 3 {
		t.Fatalf("%d entries of 8 KiB in a page of 20,000 bytes", len(p.Entries))
	}
	checkGapless(t, w.inbox(b))
}

func TestCursorStatus(t *testing.T) {
	w := newWorld(t, 2)
	a, b := w.users[0], w.users[1]
	for i := range uint64(3) {
		w.send(text(a, b, i+1, "x"))
	}
	m := decode(t, w.inbox(b)[1].Message)
	print := msgdef.Fingerprint(m.Conv, m.CSeq, m.At)
	epoch := w.store.Epoch()
	cases := []struct {
		name string
		pull rpc.Pull
		want msgdef.SyncStatus
		rows int
	}{
		{"from nothing", rpc.Pull{}, msgdef.SyncOK, 3},
		{"in step", rpc.Pull{After: 2, StoreEpoch: epoch, Fingerprint: print}, msgdef.SyncOK, 1},
		{"no fingerprint", rpc.Pull{After: 2, StoreEpoch: epoch}, msgdef.SyncOK, 1},
		{"at the head", rpc.Pull{After: 3, StoreEpoch: epoch}, msgdef.SyncOK, 0},
		{"beyond the head", rpc.Pull{After: 4, StoreEpoch: epoch}, msgdef.SyncReset, 0},
		{"far beyond the head", rpc.Pull{After: ^uint64(0), StoreEpoch: epoch, Fingerprint: 1}, msgdef.SyncReset, 0},
		{"another row", rpc.Pull{After: 2, StoreEpoch: epoch, Fingerprint: print + 1}, msgdef.SyncReset, 0},
		{"another store", rpc.Pull{After: 2, StoreEpoch: epoch + 1, Fingerprint: print}, msgdef.SyncReset, 0},
		{"of no store", rpc.Pull{After: 2}, msgdef.SyncReset, 0},
		{"nothing of another store", rpc.Pull{StoreEpoch: epoch + 1}, msgdef.SyncReset, 0},
	}
	for _, c := range cases {
		c.pull.UID = b
		if p := w.pull(c.pull); p.Code != msgdef.CodeOK || p.Status != c.want || len(p.Entries) != c.rows {
			t.Errorf("%s: %v %v, %d rows", c.name, p.Code, p.Status, len(p.Entries))
		}
	}
	if p := w.pull(rpc.Pull{UID: 99}); p.Code != msgdef.CodeUnknownUser {
		t.Errorf("unknown user: %v", p.Code)
	}
}

func TestHeads(t *testing.T) {
	w := newWorld(t, 3)
	a, b := w.users[0], w.users[1]
	w.send(text(a, b, 1, "x"), text(a, a, 2, "x"))
	check := func() {
		t.Helper()
		got, err := w.server.Heads(context.Background(), &rpc.HeadsQuery{UIDs: []uint64{w.users[2], 99, b, a}})
		w.must(err)
		if fmt.Sprint(got.USeqs) != "[0 0 1 2]" || got.StoreEpoch != w.store.Epoch() {
			t.Fatalf("heads %+v", got)
		}
	}
	check()
	w.restart()
	check()
	if s := w.server.Stats(); s.CachedUsers != 3 {
		t.Fatalf("%d heads in memory, of three users and one that nobody is", s.CachedUsers)
	}
}

func TestTooManyItems(t *testing.T) {
	w := newWorld(t, 1)
	ctx, s := context.Background(), w.server
	_, pulls := s.GetMsg(ctx, &rpc.Pulls{Items: make([]rpc.Pull, 257)})
	_, convs := s.GetConv(ctx, &rpc.ConvPulls{Items: make([]rpc.ConvPull, 257)})
	_, heads := s.Heads(ctx, &rpc.HeadsQuery{UIDs: make([]uint64, 4097)})
	_, reads := s.Read(ctx, &rpc.Reads{Items: make([]rpc.Read, 4097)})
	_, people := s.Lookup(ctx, &rpc.LookupRequest{UIDs: make([]uint64, 101)})
	for i, err := range []error{
		pulls, convs, heads, reads, people,
		s.SaveCursors(ctx, &rpc.Cursors{Items: make([]rpc.Cursor, 4097)}),
		s.Send(ctx, &rpc.Sends{Items: make([]rpc.Send, 4097)}, newSink()),
	} {
		if rpc.CodeOf(err) != msgdef.CodeBadArgument || err == nil {
			t.Errorf("call %d: %v", i, err)
		}
	}
}

func TestCallsGivenUp(t *testing.T) {
	w := newWorld(t, 1)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, read := w.server.Read(ctx, &rpc.Reads{})
	_, pull := w.server.GetMsg(ctx, &rpc.Pulls{})
	send := w.server.Send(ctx, &rpc.Sends{Items: make([]rpc.Send, 1)}, newSink())
	for i, err := range []error{read, pull, send} {
		if rpc.CodeOf(err) != msgdef.CodeTimeout {
			t.Errorf("call %d: %v", i, err)
		}
	}
}
