package node

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/push"
	"github.com/sim-im/sim/push/queue/nsq/nsqdtest"
)

// TestMain lets a test run this binary as an nsqd.
func TestMain(m *testing.M) {
	nsqdtest.RunIfAsked()
	os.Exit(m.Run())
}

// TestPush wakes who is away, through an nsqd and a message service that were
// not there at first, and not who has read.
func TestPush(t *testing.T) {
	w, redis := redisWorld(t)
	daemon := nsqdtest.Absent(t, t.TempDir())
	hook := newHook(t)
	options := PushOptions{
		Common: w.common("p1"), NSQD: daemon.Addr(), Delay: 2 * time.Second,
		Providers: push.Providers{
			Log: true, Webhook: hook.URL, WebhookSecret: base64.StdEncoding.EncodeToString(make([]byte, 24)),
		},
	}
	p, err := StartPush(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	w.closes(p)
	for _, missing := range []string{"registry: redis ", "imservice: no ", "nsqd: "} {
		w.readyz(p.HTTPAddr(), missing)
	}
	c := w.roles()
	redis.Restart()
	w.readyz(p.HTTPAddr(), "^nsqd: ") // the others are there
	daemon.Restart()
	w.ready(p)
	for _, role := range c.all() {
		w.ready(role)
	}

	alice, bob := w.user("alice", c.g1.Addr()), w.user("bob", c.g2.Addr())
	for _, u := range []*user{alice, bob} {
		if err := u.RegisterPush(w.within(), msgdef.PushWebhook, []byte("token of "+u.Account())); err != nil {
			t.Fatal(err)
		}
	}
	w.talk(alice, bob, 1) // both read it, well before its push
	w.await("pushes that are not needed", func() bool { return p.Stats().Ended[push.Obsolete] == 2 })
	if err := bob.Close(); err != nil {
		t.Fatal(err)
	}
	alice.writes(bob, "where are you")
	select {
	case body := <-hook.got:
		for _, want := range []string{`"text":"where are you"`, `"from":"alice"`} {
			if !strings.Contains(body, want) {
				t.Errorf("the push lacks %s: %s", want, body)
			}
		}
	case <-time.After(patience):
		t.Fatal("no push")
	}
	w.await("the row to be confirmed", func() bool { return p.Stats().Confirmed == 3 })
	if n := len(hook.got); n != 0 {
		t.Errorf("%d more pushes", n)
	}
	if text := w.get("http://" + p.HTTPAddr() + "/metrics"); !strings.Contains(text, `sim_push_dropped_total{reason="obsolete"} 2`) {
		t.Error("metrics lack the pushes that were not needed")
	}
}

// hook is an HTTP endpoint that keeps what it is called with.
type hook struct {
	*httptest.Server
	got chan string
}

func newHook(t *testing.T) *hook {
	h := &hook{got: make(chan string, 100)}
	h.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h.got <- string(body)
	}))
	t.Cleanup(h.Close)
	return h
}
