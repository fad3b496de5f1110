package imservice

import (
	"syscall"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef/rpc"
)

func (w *world) lease(region, holder string, term uint64) rpc.LeaseReply {
	w.t.Helper()
	reply, err := w.server.Lease(w.t.Context(), &rpc.LeaseRequest{Region: region, Holder: holder, Term: term})
	w.must(err)
	return *reply
}

// The message service forgets who is master when it restarts, but grants nobody
// else anything while that one may go on.
func TestLeasesOverARestart(t *testing.T) {
	w := newWorld(t, 0)
	first := w.lease("east", "r1", 0)
	w.clock.add(2 * time.Second)
	w.restart()
	if got := w.lease("east", "r2", 0); got.Holder != "" || got.Term != first.Term || got.Left != 6000 {
		t.Errorf("another, after the restart: %+v", got)
	}
	if got := w.lease("east", "r2", first.Term-1); got.Holder != "" {
		t.Errorf("another with an old term: %+v", got)
	}
	w.clock.add(time.Second)
	if got := w.lease("east", "r1", first.Term); got != (rpc.LeaseReply{Holder: "r1", Term: first.Term, Left: 6000}) {
		t.Errorf("the master of before: %+v", got)
	}
	w.clock.add(5500 * time.Millisecond) // a lease time after the start is over, but not after the renewal
	if got := w.lease("east", "r2", 0); got.Holder != "r1" || got.Left != 500 {
		t.Errorf("another: %+v", got)
	}
}

func TestLeaseAfterTheGrace(t *testing.T) {
	w := newWorld(t, 0)
	first := w.lease("east", "r1", 0)
	w.restart()
	if got := w.lease("west", "r2", 0); got.Holder != "r2" {
		t.Errorf("a region that never had a master: %+v", got)
	}
	w.clock.add(6*time.Second - 1)
	if got := w.lease("east", "r2", 0); got.Holder != "" {
		t.Errorf("too early: %+v", got)
	}
	w.clock.add(1)
	if got := w.lease("east", "r2", 0); got.Holder != "r2" || got.Term != first.Term+1 {
		t.Errorf("after the grace: %+v", got)
	}
	if got := w.lease("east", "r1", first.Term); got.Holder != "r2" {
		t.Errorf("the master of before, too late: %+v", got)
	}
}

// A term that could not be stored is not handed out.
func TestLeaseOnABrokenDisk(t *testing.T) {
	w, d := newDiskWorld(t, 0)
	d.let(syscall.EIO)
	reply, err := w.server.Lease(t.Context(), &rpc.LeaseRequest{Region: "east", Holder: "r1"})
	if err == nil {
		t.Fatalf("granted %+v", reply)
	}
}

func TestRegionsAreBounded(t *testing.T) {
	w := newWorld(t, 0)
	for i := range maxRegions {
		w.server.leases.regions[string(rune(0x1000+i))] = &lease{}
	}
	if _, err := w.server.Lease(t.Context(), &rpc.LeaseRequest{Region: "one more", Holder: "r1"}); err == nil {
		t.Error("one more region")
	}
}
