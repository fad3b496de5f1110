package node

import (
	"errors"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/sim-im/sim/imservice"
	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/imservice/store/postgres/postgrestest"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/tools/ops"
)

// databaseOptions are those of a message service on a database.
func (w *world) databaseOptions(id, url string) IMServiceOptions {
	return IMServiceOptions{
		Common: w.common(id), Store: url, OpenRegistration: true,
		Password: imservice.PasswordCost{MemoryKiB: 64, Iterations: 1, Parallelism: 1},
	}
}

func (w *world) onDatabase(id, url string) *IMService {
	w.t.Helper()
	s, err := StartIMService(w.t.Context(), w.databaseOptions(id, url))
	if err != nil {
		w.t.Fatal(err)
	}
	w.closes(s)
	return s
}

// TestTwoServices has users of two gates, whose routes ask different message
// services, write to each other: through an outage of the database that the
// services share, and when only one of them is left.
func TestTwoServices(t *testing.T) {
	w := newWorld(t)
	server := postgrestest.Start(t, "fsync=off")
	at := server.Database(t)
	if _, err := MigrateStore(t.Context(), at, 0); err != nil {
		t.Fatal(err)
	}
	services := []*IMService{w.onDatabase("m1", at), w.onDatabase("m2", at)}
	// These are the names of which each asks another one.
	for _, id := range []string{"r1", "r3"} {
		w.ready(w.route(id))
	}
	var users []*user
	for i, name := range []string{"alice", "bob"} {
		g := w.gate([]string{"g1", "g2"}[i])
		w.ready(g)
		users = append(users, w.user(name, g.Addr()))
	}
	alice, bob := users[0], users[1]
	w.talk(alice, bob, 20)
	if a, b := services[0].Stats().Messages, services[1].Stats().Messages; a != 20 || b != 20 {
		t.Errorf("%d and %d messages", a, b)
	}

	server.Kill()
	database, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		alice.writes(bob, "through an outage")
	}()
	for _, s := range services {
		if _, err := s.service.Login(w.within(), loginOf("alice")); err == nil {
			t.Error("a login without the database")
		}
		w.readyz(s.HTTPAddr(), "database postgres at "+database.Host)
	}
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	<-sent
	bob.reads("through an outage")
	for _, s := range services {
		w.ready(s)
	}
	w.talk(alice, bob, 5)

	w.close(services[0])
	w.talk(alice, bob, 5)
}

// TestDatabaseThatCannotBeUsed is told apart by what to do.
func TestDatabaseThatCannotBeUsed(t *testing.T) {
	w := newWorld(t)
	_, err := StartIMService(t.Context(), w.databaseOptions("m1", "postgres://sim@127.0.0.1:1/sim"))
	if ops.ExitCode(err) != ops.ExitUnreachable {
		t.Errorf("nobody there: %v", err)
	}
	server := postgrestest.Start(t, "fsync=off")
	at := server.Database(t)
	if _, err = StartIMService(t.Context(), w.databaseOptions("m1", at)); !errors.Is(err, store.ErrFormat) {
		t.Errorf("no tables: %v", err)
	}
	o := w.databaseOptions("m1", "http://127.0.0.1/")
	o.Data = filepath.Join(t.TempDir(), "store")
	var options *OptionsError
	if _, err = StartIMService(t.Context(), o); !errors.As(err, &options) {
		t.Errorf("no URL of a database: %v", err)
	}
	status, err := StoreStatus(t.Context(), at)
	if err != nil || status.Fits() == nil {
		t.Errorf("status %v, %v", status, err)
	}
}

func loginOf(name string) *rpc.LoginRequest {
	return &rpc.LoginRequest{Account: name, Method: msgdef.AuthPassword, Secret: []byte("secret of " + name), Device: 9}
}
