package contracttest

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// LeasesParts is an arbiter that never had a master, and its clock.
type LeasesParts struct {
	Leases rpc.Leases
	Length time.Duration       // of a lease
	Pass   func(time.Duration) // lets time pass for the arbiter
}

// LeasesFactory returns an arbiter.
type LeasesFactory func(t testing.TB) LeasesParts

// Leases checks an implementation of rpc.Leases.
func Leases(t *testing.T, open LeasesFactory) {
	for name, check := range map[string]func(*testing.T, LeasesParts){
		"free":          leaseFree,
		"renewal":       leaseRenewal,
		"held":          leaseHeld,
		"over":          leaseOver,
		"regions":       leaseRegions,
		"contention":    leaseContention,
		"bad requests":  leaseRefused,
		"ended context": leaseEnded,
	} {
		t.Run(name, func(t *testing.T) { check(t, open(t)) })
	}
}

// ask asks for a region and returns the answer, which is the caller's own.
func (p LeasesParts) ask(t *testing.T, region, holder string, term uint64) rpc.LeaseReply {
	t.Helper()
	req := &rpc.LeaseRequest{Region: region, Holder: holder, Term: term}
	reply := must[rpc.LeaseReply](t)(p.Leases.Lease(within(t), req))
	loopback.Poison(req)
	answer := *reply
	loopback.Poison(reply)
	if left := time.Duration(answer.Left) * time.Millisecond; left > p.Length {
		t.Errorf("%s is told of %v, a lease has %v", holder, left, p.Length)
	}
	return answer
}

// holds checks who an answer says is master.
func holds(t *testing.T, what string, got rpc.LeaseReply, holder string, term uint64) {
	t.Helper()
	if got.Holder != holder || got.Term != term {
		t.Errorf("%s: %q with term %d, want %q with %d", what, got.Holder, got.Term, holder, term)
	}
}

func leaseFree(t *testing.T, p LeasesParts) {
	got := p.ask(t, "east", "r1", 0)
	if got.Holder != "r1" || got.Term == 0 || time.Duration(got.Left)*time.Millisecond != p.Length {
		t.Errorf("the first to ask: %+v", got)
	}
	again := p.ask(t, "east", "r1", 0) // whose answer was lost
	holds(t, "asked without the term", again, "r1", got.Term)
}

func leaseRenewal(t *testing.T, p LeasesParts) {
	term := p.ask(t, "east", "r1", 0).Term
	for range 5 {
		p.Pass(p.Length * 3 / 4)
		got := p.ask(t, "east", "r1", term)
		holds(t, "renewed", got, "r1", term)
		if time.Duration(got.Left)*time.Millisecond != p.Length {
			t.Errorf("%d ms left after a renewal", got.Left)
		}
	}
}

func leaseHeld(t *testing.T, p LeasesParts) {
	term := p.ask(t, "east", "r1", 0).Term
	for _, claimed := range []uint64{0, term, term + 1} {
		p.Pass(p.Length / 5)
		got := p.ask(t, "east", "r2", claimed)
		holds(t, "another", got, "r1", term)
	}
	got := p.ask(t, "east", "r2", 0)
	if want := p.Length * 2 / 5; time.Duration(got.Left)*time.Millisecond != want {
		t.Errorf("another is told of %d ms, want %v: asking does not renew", got.Left, want)
	}
}

func leaseOver(t *testing.T, p LeasesParts) {
	first := p.ask(t, "east", "r1", 0)
	p.Pass(p.Length)
	second := p.ask(t, "east", "r2", 0)
	if second.Holder != "r2" || second.Term <= first.Term {
		t.Errorf("%+v after %+v", second, first)
	}
	holds(t, "a renewal that is late", p.ask(t, "east", "r1", first.Term), "r2", second.Term)
	p.Pass(p.Length)
	third := p.ask(t, "east", "r2", second.Term)
	if third.Holder != "r2" || third.Term <= second.Term {
		t.Errorf("%+v after %+v was over: it may have lost something meanwhile", third, second)
	}
}

func leaseRegions(t *testing.T, p LeasesParts) {
	longest := strings.Repeat("x", 64)
	for _, region := range []string{"east", "west", "eas", longest} {
		got := p.ask(t, region, "r "+region[:3], 0)
		if got.Holder != "r "+region[:3] || got.Term == 0 {
			t.Errorf("region %q: %+v", region, got)
		}
	}
	holds(t, "west after all", p.ask(t, "west", longest, 0), "r wes", p.ask(t, "west", "r wes", 0).Term)
}

// leaseContention has many ask at once: all are told of the same one.
func leaseContention(t *testing.T, p LeasesParts) {
	last := uint64(0)
	for range 5 {
		var mu sync.Mutex
		var wg sync.WaitGroup
		told := map[rpc.LeaseReply]int{}
		for i := range 16 {
			wg.Go(func() {
				got, err := p.Leases.Lease(within(t), &rpc.LeaseRequest{Region: "east", Holder: string(rune('a' + i))})
				if err != nil {
					t.Errorf("lease: %v", err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				told[*got]++
			})
		}
		wg.Wait()
		if len(told) != 1 {
			t.Errorf("told %v", told)
		}
		for got := range told {
			if got.Term <= last {
				t.Errorf("term %d after %d", got.Term, last)
			}
			last = got.Term
		}
		p.Pass(p.Length)
	}
}

func leaseRefused(t *testing.T, p LeasesParts) {
	long := strings.Repeat("x", 65)
	for _, req := range []*rpc.LeaseRequest{
		{Holder: "r1"}, {Region: "east"}, {Region: long, Holder: "r1"}, {Region: "east", Holder: long},
	} {
		_, err := p.Leases.Lease(within(t), req)
		refused(t, "a bad request", err, msgdef.CodeBadArgument)
	}
}

func leaseEnded(t *testing.T, p LeasesParts) {
	_, err := p.Leases.Lease(cancelled(), &rpc.LeaseRequest{Region: "east", Holder: "r1"})
	refused(t, "Lease with a context that has ended", err, msgdef.CodeTimeout)
}
