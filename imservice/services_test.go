package imservice

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/imservice/store/postgres"
	"github.com/sim-im/sim/imservice/store/postgres/postgrestest"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// services are message services that share a database.
type services struct {
	t       *testing.T
	url     string
	stores  []store.Store
	servers []*Server
	told    *told
	users   []uint64
}

// newServices starts two services and creates so many accounts.
func newServices(t *testing.T, url string, users int, change ...func(*Options)) *services {
	s := &services{t: t, url: newDatabase(t, url), told: newTold()}
	t.Cleanup(s.close)
	for range 2 {
		opened, err := postgres.Open(postgres.Options{URL: s.url})
		s.must(err)
		o := Options{Store: opened, Password: cheap}
		for _, f := range change {
			f(&o)
		}
		server, err := New(o)
		s.must(err)
		server.Start(toldNotifier{t, s.told})
		s.stores, s.servers = append(s.stores, opened), append(s.servers, server)
	}
	for i := range users {
		a, err := s.stores[i%2].CreateAccount(fmt.Sprintf("u%d", i+1), "", time.Now())
		s.must(err)
		s.users = append(s.users, a.UID)
	}
	return s
}

func (s *services) close() {
	for i, server := range s.servers {
		if err := server.Close(context.Background()); err != nil {
			s.t.Error(err)
		}
		s.must(s.stores[i].Close())
	}
	s.servers = nil
}

func (s *services) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// try sends once, and tells whether there was an answer that is final.
func (s *services) try(at *Server, it rpc.Send) bool {
	out := newSink()
	if err := at.Send(context.Background(), &rpc.Sends{Items: []rpc.Send{it}}, out); err != nil {
		return false
	}
	r := out.wait(1)[0]
	if r.Code >= msgdef.CodeBusy {
		return false
	}
	if r.Code != msgdef.CodeOK {
		s.t.Errorf("send %+v: %+v", it, r)
	}
	s.told.ack(s.t, it, r)
	return true
}

// write sends from one device to users by chance, each message to a service by
// chance until one acknowledges it, and some once more.
func (s *services) write(uid, device uint64, messages int, acknowledged func()) {
	for counter := uint64(1); counter <= uint64(messages); counter++ {
		to := s.users[rand.IntN(len(s.users))]
		it := text(uid, to, counter, fmt.Sprintf("%d of %d", counter, device))
		it.Device = device
		for !s.try(s.servers[rand.IntN(2)], it) {
			time.Sleep(time.Millisecond)
		}
		if rand.IntN(4) == 0 {
			s.try(s.servers[rand.IntN(2)], it)
		}
		acknowledged()
	}
}

// pull reads an inbox to its end, at services by chance, from a position on.
func (s *services) pull(uid, after uint64) uint64 {
	at := s.servers[rand.IntN(2)]
	pages, err := at.GetMsg(context.Background(), &rpc.Pulls{Items: []rpc.Pull{{UID: uid, After: after, StoreEpoch: s.stores[0].Epoch()}}})
	if err != nil {
		return after // the database is away
	}
	page := pages.Items[0]
	if page.Code != msgdef.CodeOK || page.Status != msgdef.SyncOK {
		s.t.Errorf("inbox of %d after %d: %v, %v", uid, after, page.Code, page.Status)
	}
	for _, e := range page.Entries {
		if after++; e.USeq != after {
			s.t.Errorf("inbox of %d: %d in the place of %d", uid, e.USeq, after)
		}
		s.told.row(s.t, uid, e.USeq, e.Message)
	}
	return after
}

// load has two devices of every user write, and somebody poll every inbox. After
// each share of the acknowledgements trouble is called.
func (s *services) load(messages, shares int, trouble func()) {
	total := len(s.users) * 2 * messages
	acks := make(chan struct{}, total)
	var writers, readers sync.WaitGroup
	for _, uid := range s.users {
		for device := range uint64(2) {
			writers.Go(func() { s.write(uid, device+1, messages, func() { acks <- struct{}{} }) })
		}
	}
	over := make(chan struct{})
	for _, uid := range s.users {
		readers.Go(func() {
			for after := uint64(0); ; after = s.pull(uid, after) {
				select {
				case <-over:
					return
				default:
				}
			}
		})
	}
	for n := range total {
		<-acks
		if n%(total/shares) == total/shares-1 && n < total-1 {
			trouble()
		}
	}
	writers.Wait()
	close(over)
	readers.Wait()
}

// verify reads every inbox whole: every message that was acknowledged is in both
// members' once, under the sequences of its acknowledgement, and what was ever
// served or notified is what is there.
func (s *services) verify() {
	type member struct {
		uid  uint64
		name clientMessage
	}
	found := map[member]bool{}
	for _, uid := range s.users {
		entries := &world{t: s.t, server: s.servers[0], store: s.stores[0]}
		for _, e := range entries.inbox(uid) {
			m := decode(s.t, e.Message)
			s.told.row(s.t, uid, e.USeq, e.Message)
			name := clientMessage{device{m.From, m.Device}, m.Counter}
			if found[member{uid, name}] {
				s.t.Errorf("message %+v is twice in the inbox of %d", name, uid)
			}
			found[member{uid, name}] = true
			if r := s.told.acked[name]; r.CSeq != m.CSeq || r.At != m.At || uid == m.From && r.USeq != e.USeq {
				s.t.Errorf("message %+v was acknowledged as %+v, %+v is there at %d", name, r, m, e.USeq)
			}
		}
		for to := range s.told.rows {
			if to.uid == uid && to.useq > s.head(uid) {
				s.t.Errorf("useq %d of %d was told, and is beyond the head", to.useq, uid)
			}
		}
	}
	for name := range s.told.acked {
		if !found[member{name.uid, name}] {
			s.t.Errorf("message %+v was acknowledged and is not there", name)
		}
	}
}

func (s *services) head(uid uint64) uint64 {
	reply, err := s.servers[1].Heads(context.Background(), &rpc.HeadsQuery{UIDs: []uint64{uid}})
	s.must(err)
	return reply.USeqs[0]
}

// TestTwoServicesOnOneDatabase has clients of both write to each other.
func TestTwoServicesOnOneDatabase(t *testing.T) {
	for name, isolation := range map[string]string{"read committed": "", "snapshot": "&default_transaction_isolation=repeatable%20read"} {
		t.Run(name, func(t *testing.T) {
			s := newServices(t, postgrestest.Database(t)+isolation, 5)
			s.load(40, 1, func() {})
			s.verify()
		})
	}
}

// TestKilledBackends ends connections of both services again and again.
func TestKilledBackends(t *testing.T) {
	server := postgrestest.Start(t, "fsync=off")
	s := newServices(t, server.Database(t), 5)
	s.load(40, 20, func() { s.must(server.Terminate()) })
	s.verify()
}

// TestKilledDatabase kills all of it, and starts it again on what it left.
func TestKilledDatabase(t *testing.T) {
	if testing.Short() {
		t.Skip("slow: recovers a database several times")
	}
	server := postgrestest.Start(t)
	s := newServices(t, server.Database(t), 5)
	s.load(30, 3, func() {
		server.Kill()
		eventually(func() bool { return s.servers[0].Health() != nil && s.servers[1].Health() != nil })
		s.must(server.Restart())
	})
	s.verify()
	for _, server := range s.servers {
		eventually(func() bool { return server.Health() == nil })
	}
}

// TestSerializationFailures has the database refuse about half of the commits, at
// any of their statements.
func TestSerializationFailures(t *testing.T) {
	s := newServices(t, postgrestest.Database(t), 4)
	postgrestest.Run(t, s.url, `CREATE SEQUENCE refused`) // outlasts a rollback
	postgrestest.Run(t, s.url, `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		IF random() > 0.8 THEN PERFORM nextval('refused'); RAISE EXCEPTION 'in the way' USING ERRCODE = '40001'; END IF;
		IF random() > 0.9 THEN PERFORM nextval('refused'); RAISE EXCEPTION 'locked up' USING ERRCODE = '40P01'; END IF;
		RETURN NULL; END $$`)
	for _, table := range []string{"messages", "inbox", "sent", "accounts", "devices"} {
		postgrestest.Run(t, s.url, `CREATE TRIGGER refuse AFTER INSERT ON `+table+` FOR EACH STATEMENT EXECUTE FUNCTION refuse()`)
	}
	s.load(12, 1, func() {})
	s.verify()
	for i := range 20 {
		_, err := s.stores[i%2].CreateAccount(fmt.Sprint("more ", i), "", time.Now())
		s.must(err)
	}
	if _, err := s.stores[0].AccountByUID(24); err != nil {
		t.Errorf("accounts without gaps: %v", err)
	}
	postgrestest.Run(t, s.url, `SELECT 1 / (last_value > 10)::int FROM refused`) // or nothing was tried
}

// TestUsersLocksAreShared holds a user's lock at one service, and has the other
// wait for it.
func TestUsersLocksAreShared(t *testing.T) {
	s := newServices(t, postgrestest.Database(t), 1)
	unlock, err := s.stores[0].(store.Shared).LockUser(1)
	s.must(err)
	banned := make(chan error)
	go func() {
		_, err := s.servers[1].Ban(context.Background(), &rpc.Sanction{UID: 1})
		banned <- err
	}()
	select {
	case err := <-banned:
		t.Errorf("the lock did not hold: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	unlock()
	s.must(<-banned)
	_, err = s.servers[0].Login(context.Background(), byPassword("u1", "pw", 1))
	var refused *rpc.Error
	if !errors.As(err, &refused) {
		t.Errorf("login of who was banned elsewhere: %v", err)
	}
}

// TestNamesUsedElsewhere sends again at one service what another has taken since the
// first one asked which names are used.
func TestNamesUsedElsewhere(t *testing.T) {
	s := newServices(t, postgrestest.Database(t), 12)
	send := func(at int, it rpc.Send) rpc.SendResult {
		out := newSink()
		s.must(s.servers[at].Send(context.Background(), &rpc.Sends{Items: []rpc.Send{it}}, out))
		return out.wait(1)[0]
	}
	for n := range uint64(10) {
		here, there := int(n%2), int(1-n%2)
		send(there, text(1, 2, 2*n+1, "known there from now on"))
		it := text(1, 2, 2*n+2, "taken here")
		first := send(here, it)
		if again := send(there, it); first.Code != msgdef.CodeOK || again != first {
			t.Errorf("%d: %+v, then at the other service %+v", n, first, again)
		}
		for _, other := range []rpc.Send{text(1, 2, 2*n+2, "something else"), text(1, 3, 2*n+2, "taken here")} {
			if r := send(there, other); r.Code != msgdef.CodeConflict {
				t.Errorf("%d: another message under the same name: %+v", n, r)
			}
		}
	}
	founding := &msgdef.GroupChange{Act: msgdef.GroupFound, Info: msgdef.GroupInfo{Name: "Club", Entry: msgdef.EntryOpen}}
	send(0, event(1, 100, club, msgdef.ContentGroup, founding))
	for uid := uint64(2); uid <= 12; uid++ { // who joins again is refused, but for who says it again
		here, there := int(uid%2), int(1-uid%2)
		send(there, text(uid, 1, 1, "known there from now on"))
		join := event(uid, 2, club, msgdef.ContentGroup, &msgdef.GroupChange{Act: msgdef.GroupJoin})
		first := send(here, join)
		if again := send(there, join); first.Code != msgdef.CodeOK || again != first {
			t.Errorf("%d joins: %+v, then at the other service %+v", uid, first, again)
		}
		join.Counter = 3
		if r := send(there, join); r.Code != msgdef.CodeBadArgument {
			t.Errorf("%d joins once more: %+v", uid, r)
		}
	}
}

// TestGroupOfTwoServices has members come, go and write at both services at once.
// The log of the group says who has to have which message.
func TestGroupOfTwoServices(t *testing.T) {
	s := newServices(t, postgrestest.Database(t), 6)
	send := func(it rpc.Send) (r rpc.SendResult) {
		for {
			out := newSink()
			if s.servers[rand.IntN(2)].Send(context.Background(), &rpc.Sends{Items: []rpc.Send{it}}, out) == nil {
				if r = out.wait(1)[0]; r.Code < msgdef.CodeBusy {
					return r
				}
			}
			time.Sleep(time.Millisecond)
		}
	}
	founding := &msgdef.GroupChange{Act: msgdef.GroupFound, Info: msgdef.GroupInfo{Name: "Club", Entry: msgdef.EntryOpen}}
	if r := send(event(1, 1, club, msgdef.ContentGroup, founding)); r.Code != msgdef.CodeOK {
		t.Fatalf("%+v", r)
	}
	var users sync.WaitGroup
	var taken atomic.Int64
	for _, uid := range s.users {
		users.Go(func() {
			for counter := uint64(2); counter < 40; counter++ {
				it := text(uid, uid, counter, fmt.Sprint(counter))
				it.Conv = club
				switch act := msgdef.GroupJoin; {
				case uid > 1 && counter%9 == 8:
					act = msgdef.GroupLeave
					fallthrough
				case uid > 1 && counter%9 == 2:
					it = event(uid, counter, club, msgdef.ContentGroup, &msgdef.GroupChange{Act: act})
				}
				want := msgdef.CodeOK
				if uid > 1 && counter > 8 && counter%9 < 2 {
					want = msgdef.CodeForbidden // they have left, and not come back yet
				} else {
					taken.Add(1)
				}
				if r := send(it); r.Code != want {
					t.Errorf("%d, send %d: %+v, want %v", uid, counter, r, want)
				}
			}
		})
	}
	users.Wait()
	m := newGroupModel(mostInboxes)
	w := &world{t: t, server: s.servers[0], store: s.stores[0]}
	for _, encoded := range w.conv(rpc.ConvPull{UID: 1, Conv: club, Limit: 512}).Messages {
		msg := decode(t, encoded)
		m.take(&rpc.Send{UID: msg.From, Kind: msg.Kind, Body: msg.Body}, rpc.SendResult{CSeq: msg.CSeq})
	}
	if want := 1 + int(taken.Load()); len(m.log) != want {
		t.Errorf("%d messages are there, want %d", len(m.log), want)
	}
	m.compare(w, uint64(len(s.users)))
}
