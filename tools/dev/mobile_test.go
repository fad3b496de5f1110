package dev

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/client/mobile"
	"github.com/sim-im/sim/imservice/issuer"
	"github.com/sim-im/sim/msgdef/rpc"
)

// handset is an app: the mobile SDK, and what it told.
type handset struct {
	*mobile.Client
	t        *testing.T
	messages chan *mobile.Message
	states   chan *mobile.State
	outcomes chan *mobile.Pending
}

// OnMessage implements mobile.Listener.
func (p *handset) OnMessage(m *mobile.Message) { p.messages <- m }

// OnState implements mobile.Listener.
func (p *handset) OnState(s *mobile.State) { p.states <- s }

// OnOutcome implements mobile.Listener.
func (p *handset) OnOutcome(q *mobile.Pending) { p.outcomes <- q }

// OnTyping implements mobile.Listener.
func (p *handset) OnTyping([]byte, int64, bool) {}

// OnExpired implements mobile.Listener.
func (p *handset) OnExpired([]byte, int64) {}

// OnRead implements mobile.Listener.
func (p *handset) OnRead(*mobile.Read) {}

// OnResync implements mobile.Listener.
func (p *handset) OnResync(int64, int64) { p.t.Error("the place in the inbox is lost") }

// OnLeft implements mobile.Listener.
func (p *handset) OnLeft(*mobile.Left) {}

// config is one of an app that keeps its state in a folder.
func (w *world) config(name, folder string) *mobile.Config {
	w.t.Helper()
	roots, err := os.ReadFile(w.server.RootsFile())
	if err != nil {
		w.t.Fatal(err)
	}
	c := mobile.NewConfig()
	c.Addresses, c.Roots, c.StatePath = w.opts.Listen, roots, filepath.Join(folder, "state.json")
	c.Account, c.Password, c.App, c.Network = name, "secret of "+name, "chat/2.1.0", "wifi"
	return c
}

// handset starts an app, which does not connect yet.
func (w *world) handset(c *mobile.Config) *handset {
	w.t.Helper()
	p := &handset{t: w.t, messages: make(chan *mobile.Message, 100), states: make(chan *mobile.State, 1000), outcomes: make(chan *mobile.Pending, 100)}
	var err error
	if p.Client, err = mobile.NewClient(c, p); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = p.Close() })
	return p
}

// call is one that a test waits for.
func call() *mobile.Call { return mobile.NewCall(patience.Milliseconds()) }

func (p *handset) connect() {
	p.t.Helper()
	if err := p.Connect(call()); err != nil {
		p.t.Fatal(err)
	}
}

func (p *handset) queue(conv []byte, text string) *mobile.Pending {
	p.t.Helper()
	q, err := p.Queue(conv, 1, []byte(text))
	if err != nil {
		p.t.Fatal(err)
	}
	return q
}

// hears waits for the next messages.
func (p *handset) hears(want ...string) {
	p.t.Helper()
	for _, text := range want {
		select {
		case m := <-p.messages:
			if string(m.Body) != text {
				p.t.Fatalf("a phone hears %q, want %q", m.Body, text)
			}
		case <-time.After(patience):
			p.t.Fatalf("a phone waits for %q", text)
		}
	}
}

// stopped waits until the app is told that its client has stopped.
func (p *handset) stopped() *mobile.Reason {
	p.t.Helper()
	for {
		select {
		case s := <-p.states:
			if s.Phase == mobile.PhaseStopped {
				return s.Reason
			}
		case <-time.After(patience):
			p.t.Fatal("a phone waits for its end")
		}
	}
}

// TestMobile has an app go through its days: messages of before it was connected,
// of each side, in the background, on another network, and while the server is
// away and the app ends.
func TestMobile(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob")
	config := w.config("alice", t.TempDir())
	alice := w.handset(config)
	if err := alice.NetworkChanged("cell", nil); err != nil || alice.State().Phase != mobile.PhaseIdle {
		t.Errorf("%v: %v", alice.State(), err)
	}
	alice.connect()
	uid := alice.UID()
	conv := mobile.Pair(uid, int64(bob.UID()))
	if place, err := alice.queue(conv, "hello").Wait(call()); err != nil || place != 1 {
		t.Errorf("stored at %d: %v", place, err)
	}
	bob.messages(1)
	bob.send(uint64(uid), "hi")
	alice.hears("hi")
	alice.SetBackground(true)
	bob.send(uint64(uid), "are you there?")
	alice.hears("are you there?")
	alice.SetBackground(false)
	if err := alice.NetworkChanged("cell", call()); err != nil {
		t.Error(err)
	}
	alice.queue(conv, "yes")
	bob.messages(2)
	if list, err := alice.History(conv, 0, 10, call()); err != nil || list.Len() != 4 || string(list.At(3).Body) != "yes" {
		t.Errorf("history: %+v, %v", list, err)
	}
	if found, err := alice.Lookup("bob", call()); err != nil || uint64(found) != bob.UID() {
		t.Errorf("bob is %d: %v", found, err)
	}

	w.stop()
	alice.queue(conv, "is the server gone?")
	if err := alice.Close(); err != nil {
		t.Error(err)
	}
	alice = w.handset(config)
	alice.queue(conv, "it is")
	if n := alice.Pending().Len(); n != 2 {
		t.Errorf("%d messages wait", n)
	}
	if err := alice.Connect(call()); mobile.ReasonOf(err).Kind != mobile.KindUnreachable {
		t.Errorf("connected to nobody: %v", err)
	}
	w.start()
	alice.connect()
	if err := alice.Flush(call()); err != nil || alice.Pending().Len() != 0 || alice.UID() != uid {
		t.Errorf("%d messages wait: %v", alice.Pending().Len(), err)
	}
	bob.send(uint64(uid), "now")
	alice.hears("now")
	bob.await("alice's messages", func() bool { return len(bob.got) >= 4 })
	var texts []string
	for _, m := range bob.messages(4) {
		texts = append(texts, string(m.Body))
	}
	if want := []string{"hello", "yes", "is the server gone?", "it is"}; !slices.Equal(texts, want) {
		t.Errorf("bob has %q, want %q", texts, want)
	}
	for range 2 {
		if q := <-alice.outcomes; !q.Done() {
			t.Errorf("told of %q, which is not done", q.Body())
		}
	}
}

// TestMobileEnds tells an app why it is ended, and lets it in again.
func TestMobileEnds(t *testing.T) {
	w := newWorld(t)
	folder := t.TempDir()
	alice := w.handset(w.config("alice", folder))
	alice.connect()
	if _, err := w.server.service.Revoke(t.Context(), &rpc.Sanction{Account: "alice", Reason: "lost phone"}); err != nil {
		t.Fatal(err)
	}
	if r := alice.stopped(); r.Kind != mobile.KindRevoked || !r.Kicked || r.Unconfirmed || !strings.Contains(r.Text, "lost phone") {
		t.Errorf("revoked: %+v", r)
	}
	alice.connect() // it has the password
	if err := alice.Close(); err != nil {
		t.Fatal(err)
	}

	copied := t.TempDir() // of the state: the same device
	text, err := os.ReadFile(filepath.Join(folder, "state.json"))
	if err == nil {
		err = os.WriteFile(filepath.Join(copied, "state.json"), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	alice = w.handset(w.config("alice", folder))
	alice.connect()
	again := w.handset(w.config("alice", copied))
	again.connect()
	if r := alice.stopped(); r.Kind != mobile.KindReplaced || !r.Kicked {
		t.Errorf("replaced: %+v", r)
	}
	wrong := w.config("alice", t.TempDir())
	wrong.Password = "guess"
	p := w.handset(wrong)
	if r := mobile.ReasonOf(p.Connect(call())); r.Kind != mobile.KindCredentials || r.Unconfirmed || p.State().Phase != mobile.PhaseStopped {
		t.Errorf("wrong password: %+v", r)
	}
}

// wallet is an app's TokenSource.
type wallet struct {
	asked atomic.Int32
	token string
	err   error
}

// Token implements mobile.TokenSource.
func (s *wallet) Token() ([]byte, error) {
	s.asked.Add(1)
	return []byte(s.token), s.err
}

// TestMobileTokenSource logs in with what an issuer outside vouches for.
func TestMobileTokenSource(t *testing.T) {
	const iss = "https://id.example.com"
	authority := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		said := map[string]any{"active": false}
		if r.FormValue("token") == "good" {
			said = map[string]any{"active": true, "iss": iss, "aud": "sim", "sub": "alice", "exp": time.Now().Add(time.Hour).Unix()}
		}
		rw.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(rw).Encode(said)
	}))
	set, err := issuer.New([]issuer.Config{{
		Issuer: iss, Audience: []string{"sim"}, Prefix: "corp:", Introspection: authority.URL, ClientID: "sim", ClientSecret: "not empty",
	}}, issuer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorldWith(t, func(o *Options) { o.Issuers = set })
	t.Cleanup(authority.Close)
	source := &wallet{token: "good"}
	config := w.config("", t.TempDir())
	config.Password, config.TokenSource = "", source
	alice := w.handset(config)
	alice.connect()
	if alice.Account() != "corp:alice" || source.asked.Load() == 0 {
		t.Errorf("is %q after %d questions", alice.Account(), source.asked.Load())
	}
	for kind, s := range map[string]*wallet{
		mobile.KindToken:       {err: errors.New("the user has logged out")},
		mobile.KindCredentials: {token: "bad"},
	} {
		config = w.config("", t.TempDir())
		config.Password, config.TokenSource = "", s
		if r := mobile.ReasonOf(w.handset(config).Connect(call())); r.Kind != kind {
			t.Errorf("%+v, want %s", r, kind)
		}
	}
}
