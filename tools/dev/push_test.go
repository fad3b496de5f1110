package dev

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/push"
)

// secretOfHook signs the calls of the tests.
const secretOfHook = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// phone is where notifications of devices come in.
type phone struct {
	*httptest.Server

	mu    sync.Mutex
	rang  []string // token: text
	ids   map[string]int
	after chan struct{} // closed and replaced when one comes
}

func newPhone(t *testing.T) *phone {
	p := &phone{ids: make(map[string]int), after: make(chan struct{})}
	p.Server = httptest.NewServer(http.HandlerFunc(p.ring))
	t.Cleanup(p.Close)
	return p
}

func (p *phone) ring(w http.ResponseWriter, r *http.Request) {
	var call struct {
		Data struct {
			Token []byte
			Text  string
		}
	}
	text, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(text, &call)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ids[r.Header.Get("webhook-id")]++
	p.rang = append(p.rang, fmt.Sprintf("%s: %s", call.Data.Token, call.Data.Text))
	close(p.after)
	p.after = make(chan struct{})
}

// await returns what came, when it is at least n.
func (p *phone) await(t *testing.T, n int) []string {
	t.Helper()
	end := time.After(patience)
	for {
		p.mu.Lock()
		rang, after := slices.Clone(p.rang), p.after
		p.mu.Unlock()
		if len(rang) >= n {
			return rang
		}
		select {
		case <-after:
		case <-end:
			t.Fatalf("%d notifications, want %d: %q", len(rang), n, rang)
		}
	}
}

// wants are the options of a server that calls the phone.
func (p *phone) wants() push.Providers {
	return push.Providers{Log: true, Webhook: p.URL, WebhookSecret: secretOfHook}
}

// TestPush sends to somebody who is away and to somebody who reads along. Each
// message that was not seen rings once.
func TestPush(t *testing.T) {
	var p *phone
	w := newWorldWith(t, func(o *Options) {
		p = newPhone(t) // before it, a check for leaks was registered
		o.Push = p.wants()
	})
	alice, bob, carol := w.user("alice"), w.user("bob"), w.user("carol")
	for _, u := range []*user{bob, carol} {
		token := map[*user]string{bob: "bob's", carol: "carol's"}[u]
		if err := u.RegisterPush(u.ctx(), msgdef.PushWebhook, []byte(token)); err != nil {
			t.Fatal(err)
		}
	}
	bob.close()
	alice.send(carol.UID(), "seen")
	carol.messages(1)
	alice.send(bob.UID(), "missed")
	if got, want := p.await(t, 1), []string{"bob's: missed"}; !slices.Equal(got, want) {
		t.Errorf("rang %q, want %q", got, want)
	}
	carol.close()
	alice.send(carol.UID(), "missed too") // and nothing of what carol has seen comes before it
	if got, want := p.await(t, 2), []string{"bob's: missed", "carol's: missed too"}; !slices.Equal(got, want) {
		t.Errorf("rang %q, want %q", got, want)
	}
}

// TestPushSurvives kills the server while messages wait to be pushed. All of
// them ring after it is back; twice only those that rang in its last moment,
// under the same id.
func TestPushSurvives(t *testing.T) {
	ring := newPhone(t)
	p := newProgram(t)
	p.hook = ring.URL
	p.start(t)
	w := p.world(t)
	state := new(client.MemoryState)
	options := w.options("bob")
	options.State = state
	bob := w.connect(options)
	if err := bob.RegisterPush(bob.ctx(), msgdef.PushWebhook, []byte("bob's")); err != nil {
		t.Fatal(err)
	}
	uid := bob.UID()
	bob.close()
	alice := w.user("alice")
	const messages = 10
	for i := range messages {
		alice.send(uid, fmt.Sprint(i))
	}
	p.kill(t) // less than the delay after the last one
	p.start(t)
	ring.await(t, messages)
	if len(ring.ids) != messages {
		t.Errorf("%d different notifications, want %d: %q", len(ring.ids), messages, ring.rang)
	}
	alice.close()
}
