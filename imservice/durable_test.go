package imservice

import (
	"context"
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// newDiskWorld is a world on a disk that can be held up.
func newDiskWorld(t *testing.T, users int, change ...func(*Options)) (*world, *disk) {
	d := newDisk()
	w := &world{t: t, fs: d, clock: newClock()}
	w.options = Options{Now: w.clock.now, Password: cheap}
	for _, f := range change {
		f(&w.options)
	}
	w.open()
	t.Cleanup(func() {
		d.let(nil)
		w.close()
	})
	for i := range users {
		a, err := w.store.CreateAccount(fmt.Sprintf("u%d", i+1), "", w.clock.now())
		w.must(err)
		w.users = append(w.users, a.UID)
	}
	return w, d
}

// eventually waits for what other goroutines are about to do. A test that waits
// for ever would take the time of all others.
func eventually(done func() bool) {
	for end := time.Now().Add(2 * time.Minute); !done(); {
		if time.Now().After(end) {
			panic("what a test waits for has not come")
		}
		runtime.Gosched()
		time.Sleep(100 * time.Microsecond)
	}
}

// applied waits until the store shows n rows of an inbox, synced or not.
func (w *world) applied(uid, n uint64) {
	w.t.Helper()
	eventually(func() bool {
		head, err := w.store.InboxHead(uid)
		w.must(err)
		return head >= n
	})
}

// While the log waits for the disk the rows are in the store, and nobody may
// see or hear of them.
func TestNothingIsToldBeforeItIsDurable(t *testing.T) {
	w, d := newDiskWorld(t, 2)
	a, b := w.users[0], w.users[1]
	conv, s := msgdef.Pair(a, b), newSink()
	w.send(text(a, b, 1, "durable"))
	offer := func(items ...rpc.Send) {
		t.Helper()
		w.must(w.server.Send(context.Background(), &rpc.Sends{Items: items}, s))
	}
	d.hold()
	offer(text(a, b, 2, "first"))
	w.applied(b, 2)
	if p := w.pull(rpc.Pull{UID: b}); p.Head != 1 {
		t.Fatalf("head %d", p.Head) // what follows would wait for ever
	}
	read := make(chan *rpc.ReadResults, 1)
	go func() {
		out, err := w.server.Read(context.Background(), &rpc.Reads{Items: []rpc.Read{{UID: b, Conv: conv, CSeq: 2}}})
		if err != nil {
			t.Error(err)
		}
		read <- out
	}()
	eventually(func() bool { mark, _ := w.store.ReadMark(b, conv); return mark == 1 })
	// Two commits are outstanding; what comes now has to wait. Were it not so, a
	// wait of this length would nearly always show it.
	offer(text(a, b, 2, "first"), text(a, b, 3, "second"))
	offer(text(a, b, 4, "third"))
	time.Sleep(20 * time.Millisecond)

	if p := w.pull(rpc.Pull{UID: b}); p.Head != 1 || len(p.Entries) != 1 {
		t.Errorf("head %d, %d entries", p.Head, len(p.Entries))
	}
	if p := w.pull(rpc.Pull{UID: b, After: 2, StoreEpoch: w.store.Epoch()}); p.Status != msgdef.SyncReset {
		t.Errorf("a cursor beyond the durable head is %v", p.Status)
	}
	if p := w.conv(rpc.ConvPull{UID: b, Conv: conv, Before: 1}); p.Head != 1 || fmt.Sprint(p.Reads) != "[{1 0} {2 0}]" {
		t.Errorf("head %d, marks %v", p.Head, p.Reads)
	}
	if p := w.conv(rpc.ConvPull{UID: b, Conv: conv}); len(p.Messages) != 1 {
		t.Errorf("%d messages", len(p.Messages))
	}
	heads, err := w.server.Heads(context.Background(), &rpc.HeadsQuery{UIDs: w.users})
	w.must(err)
	if fmt.Sprint(heads.USeqs) != "[1 1]" {
		t.Errorf("heads %v", heads.USeqs)
	}
	if head, _ := w.store.InboxHead(b); head != 2 {
		t.Errorf("%d rows applied: more than two commits outstanding", head)
	}
	if n := w.server.Stats().Waiting; n != 3 {
		t.Errorf("%d messages wait, want 3", n)
	}
	if n := len(w.notices.all()); n != 2 || len(s.results) != 0 || len(read) != 0 {
		t.Errorf("%d notices, %d outcomes", n, len(s.results))
	}

	d.let(nil)
	got := s.wait(4)
	if fmt.Sprint((<-read).Items) != "[{ok 1}]" || got[0] != got[1] || got[2].CSeq != 3 || got[3].CSeq != 4 {
		t.Errorf("outcomes %+v", got)
	}
	if p := w.conv(rpc.ConvPull{UID: b, Conv: conv, Before: 1}); p.Head != 4 || fmt.Sprint(p.Reads) != "[{1 0} {2 1}]" {
		t.Errorf("then head %d, marks %v", p.Head, p.Reads)
	}
}

// A failed sync ends it: what was under way is refused, and so is all later.
func TestBrokenDisk(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want msgdef.ErrorCode
	}{
		"input/output error": {syscall.EIO, msgdef.CodeUnavailable},
		"full after all":     {syscall.ENOSPC, msgdef.CodeStoreFull},
	} {
		t.Run(name, func(t *testing.T) {
			w, d := newDiskWorld(t, 2)
			a, b := w.users[0], w.users[1]
			w.send(text(a, b, 1, "durable"))
			s := newSink()
			d.hold()
			w.must(w.server.Send(t.Context(), &rpc.Sends{Items: []rpc.Send{text(a, b, 2, "lost")}}, s))
			w.applied(b, 2)
			// Repeats of what is lost, and of what is not, write nothing; a read mark.
			w.must(w.server.Send(t.Context(), &rpc.Sends{Items: []rpc.Send{
				text(a, b, 2, "lost"), text(a, b, 1, "durable"), text(a, 99, 4, "x"),
			}}, s))
			eventually(func() bool { return w.server.Stats().Waiting == 0 })
			read := make(chan error, 1)
			go func() {
				out, err := w.server.Read(context.Background(), &rpc.Reads{Items: []rpc.Read{{UID: b, Conv: msgdef.Pair(a, b), CSeq: 1}}})
				if err == nil {
					err = &rpc.Error{Code: out.Items[0].Code}
				}
				read <- err
			}()
			eventually(func() bool { return w.server.Stats().Waiting == 1 })
			d.let(c.err)
			for i, r := range s.wait(4) {
				want := c.want
				if i == 3 {
					want = msgdef.CodeUnknownUser
				}
				if r.Code != want || r.CSeq != 0 || (r.Retry == 0) != (i == 3) {
					t.Errorf("outcome %d: %+v, want %v", i, r, want)
				}
			}
			if err := <-read; rpc.CodeOf(err) != c.want {
				t.Errorf("read: %v", err)
			}
			d.let(nil) // too late
			err := w.server.Send(t.Context(), &rpc.Sends{Items: []rpc.Send{text(a, b, 5, "x")}}, s)
			if rpc.CodeOf(err) != c.want || w.server.Health() == nil {
				t.Errorf("later send: %v, health %v", err, w.server.Health())
			}
			if p := w.pull(rpc.Pull{UID: b}); p.Head != 1 || len(p.Entries) != 1 {
				t.Errorf("head %d, %d entries", p.Head, len(p.Entries))
			}
		})
	}
}

// A full disk refuses; with room again everything goes on without a gap.
func TestFullDisk(t *testing.T) {
	w, d := newDiskWorld(t, 2)
	a, b := w.users[0], w.users[1]
	w.send(text(a, b, 1, "x"))
	d.free.Store(1)
	w.clock.add(time.Second)
	got := w.send(text(a, b, 2, "y"), text(a, b, 2, "other"), text(b, a, 1, "z"), text(a, 99, 3, "x"))
	for i, want := range []msgdef.ErrorCode{msgdef.CodeStoreFull, msgdef.CodeStoreFull, msgdef.CodeStoreFull, msgdef.CodeUnknownUser} {
		if r := got[i]; r.Code != want || r.CSeq != 0 || r.USeq != 0 {
			t.Errorf("outcome %d: %+v, want %v", i, r, want)
		}
	}
	err := w.server.Send(t.Context(), &rpc.Sends{Items: []rpc.Send{text(a, b, 2, "y")}}, newSink())
	if rpc.CodeOf(err) != msgdef.CodeStoreFull || w.server.Health() == nil {
		t.Errorf("send: %v, health: %v", err, w.server.Health())
	}
	_, err = w.server.Read(t.Context(), &rpc.Reads{Items: []rpc.Read{{UID: b, Conv: msgdef.Pair(a, b), CSeq: 1}}})
	if rpc.CodeOf(err) != msgdef.CodeStoreFull {
		t.Errorf("read: %v", err)
	}
	if n := len(w.inbox(b)); n != 1 {
		t.Errorf("%d rows", n)
	}

	d.free.Store(1 << 40)
	w.clock.add(time.Second)
	if r := w.send(text(a, b, 2, "other"))[0]; r.Code != msgdef.CodeOK || r.CSeq != 2 || r.USeq != 2 {
		t.Errorf("with room again: %+v", r)
	}
	if err := w.server.Health(); err != nil {
		t.Error(err)
	}
	w.restart()
	checkGapless(t, w.inbox(a))
	if n := len(w.inbox(a)); n != 2 {
		t.Errorf("%d rows, want 2", n)
	}
}

func TestWaitingIsBounded(t *testing.T) {
	w, d := newDiskWorld(t, 2, func(o *Options) { o.Limits.WaitingMessages, o.Limits.CommitMessages = 10, 4 })
	a, b := w.users[0], w.users[1]
	d.hold()
	s, accepted := newSink(), 0
	var err error
	for counter := uint64(1); err == nil; counter += 3 {
		items := []rpc.Send{text(a, b, counter, "x"), text(a, b, counter+1, "x"), text(a, b, counter+2, "x")}
		if err = w.server.Send(t.Context(), &rpc.Sends{Items: items}, s); err == nil {
			accepted += 3
		}
	}
	if rpc.CodeOf(err) != msgdef.CodeBusy || accepted > 10+2*3 {
		t.Fatalf("%v after %d messages", err, accepted)
	}
	d.let(nil)
	for _, r := range s.wait(accepted) {
		if r.Code != msgdef.CodeOK {
			t.Fatalf("outcome %+v", r)
		}
	}
	if n := len(w.inbox(b)); n != accepted {
		t.Fatalf("%d rows, want %d", n, accepted)
	}
}

// A full disk keeps nobody from reading.
func TestLoginOnAFullDisk(t *testing.T) {
	w, d := newDiskWorld(t, 0, openRegistration)
	alice := login(t, w, "alice", "pw", 1)
	d.free.Store(1)
	w.clock.add(time.Second)
	r := login(t, w, "alice", "pw", 2)
	if r.UID != alice.UID || len(r.Token) != 0 || r.TokenExpires != 0 {
		t.Fatalf("reply %+v", r)
	}
	req := &rpc.LoginRequest{Method: msgdef.AuthToken, Secret: alice.Token, Device: 1}
	wantCode(t, w, req, msgdef.CodeOK)
	wantCode(t, w, byPassword("bob", "pw", 1), msgdef.CodeStoreFull)
	if p := w.pull(rpc.Pull{UID: alice.UID}); p.Code != msgdef.CodeOK {
		t.Fatalf("pull: %v", p.Code)
	}
}
