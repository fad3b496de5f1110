package imservice

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/imservice/store/postgres"
	"github.com/sim-im/sim/imservice/store/postgres/postgrestest"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// worlds are what tests of one service have, of each of two.
func (s *services) worlds() (one, other *world) {
	return &world{t: s.t, server: s.servers[0], store: s.stores[0]}, &world{t: s.t, server: s.servers[1], store: s.stores[1]}
}

// TestSharedLeases has two routes ask different services for the same region.
func TestSharedLeases(t *testing.T) {
	one, other := newServices(t, postgrestest.Database(t), 0).worlds()
	first := one.lease("east", "r1", 0)
	if first.Holder != "r1" || first.Term != 1 || first.Left != 6000 {
		t.Errorf("the first: %+v", first)
	}
	if got := other.lease("east", "r2", 0); got.Holder != "r1" || got.Term != 1 || got.Left > 6000 || got.Left < 1 {
		t.Errorf("another, at the other service: %+v", got)
	}
	if got := other.lease("east", "r1", 1); got.Holder != "r1" || got.Term != 1 {
		t.Errorf("the first, at the other service: %+v", got)
	}
	if got := other.lease("west", "r2", 0); got.Holder != "r2" || got.Term != 1 {
		t.Errorf("another region: %+v", got)
	}
	shared := one.store.(store.Shared)
	_, err := shared.Lease("north", "r1", time.Millisecond)
	one.must(err)
	eventually(func() bool { return other.lease("north", "r2", 0).Holder == "r2" })
	if got := one.lease("north", "r1", 1); got.Holder != "r2" || got.Term != 2 {
		t.Errorf("who was too late: %+v", got)
	}
}

// TestSharedOutbox hands out each row once, whoever wrote it, to whoever asks.
func TestSharedOutbox(t *testing.T) {
	s := newServices(t, postgrestest.Database(t), 3)
	one, other := s.worlds()
	a, b := s.users[0], s.users[1]
	one.push(b, 1)
	other.send(text(a, b, 1, "x"), text(a, b, 2, "x")) // of a token that was registered elsewhere
	one.send(text(a, b, 3, "x"))
	seen := map[uint64]rpc.PushRow{}
	for _, row := range append(one.due(), other.due()...) {
		if row.UID != b || row.Device != 1 || seen[row.USeq].ID != 0 {
			t.Errorf("row %+v", row)
		}
		seen[row.USeq] = row
	}
	if len(seen) != 3 {
		t.Fatalf("rows %+v", seen)
	}
	reply, err := other.server.Resolve(t.Context(), &rpc.PushRows{Items: []rpc.PushRow{seen[1], seen[3]}})
	s.must(err)
	for _, target := range reply.Items {
		if target.Obsolete || target.From != "u1" {
			t.Errorf("target %+v", target)
		}
	}
	one.confirm(seen[1], seen[2])
	reply, err = other.server.Resolve(t.Context(), &rpc.PushRows{Items: []rpc.PushRow{seen[1], seen[3]}})
	s.must(err)
	if !reply.Items[0].Obsolete || reply.Items[1].Obsolete {
		t.Errorf("after a confirmation elsewhere: %+v", reply.Items)
	}
	s.must(s.servers[1].outbox.recount())
	if n := s.servers[1].Stats(); n.WaitingPushes != 1 || n.PushTokens != 1 {
		t.Errorf("%d rows, %d tokens counted", n.WaitingPushes, n.PushTokens)
	}
}

// TestDueOfAnotherService waits for a row that the other service writes.
func TestDueOfAnotherService(t *testing.T) {
	s := newServices(t, postgrestest.Database(t), 2)
	one, other := s.worlds()
	one.push(s.users[1], 1)
	got := make(chan []rpc.PushRow)
	go func() {
		reply, err := one.server.Due(context.Background(), &rpc.DueRequest{Wait: 60_000})
		if err != nil {
			t.Error(err)
			reply = new(rpc.DueReply)
		}
		got <- reply.Items
	}()
	other.send(text(s.users[0], s.users[1], 1, "x"))
	wantUSeqs(t, "due", <-got, 1)
}

// TestEvictionsAreAdopted has a service ban somebody and go away before any route
// was told; another one does it.
func TestEvictionsAreAdopted(t *testing.T) {
	url, r, clock := newDatabase(t, postgrestest.Database(t)), newRegions(), newClock()
	start := func(evictor rpc.Evictor) *world {
		opened, err := postgres.Open(postgres.Options{URL: url})
		if err != nil {
			t.Fatal(err)
		}
		w := &world{t: t, store: opened, clock: clock}
		w.server, err = New(Options{Store: opened, Password: cheap, Evictor: evictor, Now: clock.now})
		w.must(err)
		w.server.Start(nil)
		t.Cleanup(w.close)
		return w
	}
	stays, goes := start(r), start(deaf{})
	_, err := goes.store.CreateAccount("u1", "", clock.now())
	goes.must(err)
	r.register(rpc.Session{UID: 1, Device: 1})
	goes.sanctioned(goes.server.Ban(t.Context(), of("u1")))
	goes.close()
	stays.forward(adoptAfter)
	r.called(1)
	if live, _, _ := r.sees(); live != 0 {
		t.Error("the session is still there")
	}
}

// deaf are regions that cannot be told.
type deaf struct{}

func (deaf) Evict(context.Context, *rpc.Evictions) error {
	return &rpc.Error{Code: msgdef.CodeUnavailable, Detail: "nobody there"}
}

// TestRemovedElsewhere is not found by name any more.
func TestRemovedElsewhere(t *testing.T) {
	s := newServices(t, postgrestest.Database(t), 1)
	for n := range 2 {
		reply, err := s.servers[0].Lookup(t.Context(), &rpc.LookupRequest{Names: []string{"u1"}})
		s.must(err)
		if len(reply.Users) != 1-n {
			t.Fatalf("look %d: %+v", n, reply.Users)
		}
		_, err = s.servers[1].Remove(t.Context(), of("u1"))
		s.must(err)
	}
}

// TestTokenAtBothServices is exchanged at both at once, and holds at both.
func TestTokenAtBothServices(t *testing.T) {
	s := newServices(t, postgrestest.Database(t), 0)
	for _, server := range s.servers {
		server.logins.open, server.logins.tokens.rotation = true, time.Nanosecond // every showing exchanges
	}
	one, _ := s.worlds()
	first := login(t, one, "alice", "pw", 7)
	type answer struct {
		token []byte
		err   error
	}
	answers := make(chan answer)
	for n := range 4 {
		go func() {
			l, err := s.servers[n%2].Login(context.Background(), byToken(first.Token, 7))
			if err != nil {
				answers <- answer{err: err}
				return
			}
			answers <- answer{token: l.Token}
		}()
	}
	distinct := map[string]bool{}
	var last []byte
	for range 4 {
		a := <-answers
		s.must(a.err)
		distinct[string(a.token)], last = true, a.token
	}
	if len(distinct) != 4 {
		t.Errorf("%d successors of one token", len(distinct))
	}
	if _, err := s.servers[1].Login(t.Context(), byToken(last, 7)); err != nil {
		t.Errorf("a successor: %v", err)
	}
	account, err := s.stores[1].AccountByName("alice")
	s.must(err)
	if fmt.Sprint(account.UID) != "1" {
		t.Errorf("account %+v", account)
	}
}
