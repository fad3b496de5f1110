package pyclient

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/secure"
	"github.com/sim-im/sim/tools/dev"
)

func want(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// TestVectors has the Python client check the known answers.
func TestVectors(t *testing.T) {
	out, err := simclient(t, "vectors", "../../msgdef/vectors").CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "right: session-classical-aesgcm.json") {
		t.Errorf("%v: %s", err, out)
	}
}

// TestChat has Python and Go write to each other, in every suite.
func TestChat(t *testing.T) {
	for _, s := range []secure.Suite{secure.HybridAESGCM, secure.HybridChaCha, secure.ClassicalAESGCM, secure.ClassicalChaCha} {
		t.Run(s.String(), func(t *testing.T) {
			w := newWorld(t, func(o *dev.Options) { o.AdmitClassical = !s.Hybrid() })
			alice, bob := w.online("alice", suite(s)...), w.golang("bob")
			for i := range 3 {
				text := fmt.Sprintf("nummer %d, größer ☃", i)
				alice.do("send", "to", bob.UID(), "text", text)
				m := bob.hear()
				want(t, "bob hears", []any{string(m.Body), m.From, m.CSeq}, []any{text, alice.uid, 2*i + 1})
				sent := alice.expect("sent")
				want(t, "sent", []int{sent.number("cseq"), sent.number("useq")}, []int{2*i + 1, 2*i + 1})
				bob.say(alice.uid, "re: "+text)
				e := alice.expect("message")
				want(t, "alice hears", []any{e.text("body"), e.number("from"), e.number("cseq"), e.number("useq")},
					[]any{"re: " + text, bob.UID(), 2*i + 2, 2*i + 2})
			}
			alice.expectNone("pulled") // in step, nothing is pulled
			alice.quit()
		})
	}
}

// TestGap has notifies fall away before the client sees them.
func TestGap(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.online("alice"), w.golang("bob")
	bob.say(alice.uid, "1")
	want(t, "before", alice.messages(1), []string{"1"})
	alice.do("drop", "rows", 2)
	alice.expect("dropping")
	bob.say(alice.uid, "2", "3", "4", "5")
	want(t, "over the gap", alice.messages(4), []string{"2", "3", "4", "5"})
	p := alice.expect("pulled")
	want(t, "pulled", []int{p.number("after"), p.number("status")}, []int{1, 0})
	// the last ones fall away: only a pong tells
	alice.do("drop", "rows", 2)
	alice.expect("dropping")
	bob.say(alice.uid, "6", "7")
	alice.expect("dropped")
	alice.expect("dropped")
	alice.expect("dropped")
	alice.expect("dropped")
	alice.do("ping")
	want(t, "told by a pong", alice.messages(2), []string{"6", "7"})
	want(t, "head", alice.expect("pong").number("head"), 7)
	bob.say(alice.uid, "8")
	want(t, "afterwards", alice.messages(1), []string{"8"})
	alice.quit()
	alice.expectNone("message")
}

// TestOffline has a device come back by its token, and with its place.
func TestOffline(t *testing.T) {
	w := newWorld(t, func(o *dev.Options) { o.GateLimits.SendRate = -1 })
	state := filepath.Join(t.TempDir(), "alice.json")
	alice, bob := w.online("alice", "--state", state), w.golang("bob")
	alice.do("send", "to", bob.UID(), "text", "hello")
	want(t, "first counter", alice.expect("sent").number("counter"), 1)
	bob.say(alice.uid, "one")
	alice.messages(1)
	alice.quit()
	var many []string
	for i := range 700 { // more than one pull, each of several frames
		many = append(many, fmt.Sprintf("%d %s", i, strings.Repeat("x", 300)))
	}
	for _, text := range many {
		bob.SendFunc(msgdef.Pair(bob.UID(), alice.uid), msgdef.ContentText, []byte(text), nil)
	}
	if err := bob.Flush(bob.ctx()); err != nil {
		t.Fatal(err)
	}
	uid := alice.uid
	alice = w.python("alice", "--state", state)
	e := alice.expect("online")
	want(t, "online", []any{e.text("by"), e.number("uid"), e.number("head")}, []any{"token", uid, 702})
	want(t, "what was missed", slices.Equal(alice.messages(len(many)), many), true)
	want(t, "pulled from", alice.expect("pulled").number("after"), 2)
	alice.do("send", "to", bob.UID(), "text", "back")
	want(t, "a counter never used", alice.expect("sent").number("counter"), 1025)
	alice.do("reconnect")
	alice.expect("online")
	bob.say(uid, "two")
	want(t, "after a reconnect", alice.messages(1), []string{"two"})
	alice.quit()
	alice.expectNone("message")
}

// TestResync has a cursor of another store, at a pull and at a login.
func TestResync(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.online("alice"), w.golang("bob")
	bob.say(alice.uid, "1", "2", "3")
	alice.messages(3)
	alice.do("other_store")
	alice.do("pull")
	e := alice.expect("reset")
	want(t, "reset", []int{e.number("status"), e.number("floor"), e.number("head")}, []int{1, 0, 3})
	want(t, "again", alice.messages(3), []string{"1", "2", "3"})
	alice.do("other_store")
	alice.do("reconnect")
	alice.expect("reset")
	want(t, "again", alice.messages(3), []string{"1", "2", "3"})
	bob.say(alice.uid, "4")
	want(t, "afterwards", alice.messages(1), []string{"4"})
	alice.quit()
}

// TestSendAgain has repeats recognised and conflicts refused.
func TestSendAgain(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.online("alice"), w.golang("bob")
	alice.do("send", "to", bob.UID(), "text", "once")
	first := alice.expect("sent")
	alice.do("resend")
	again := alice.expect("sent")
	for _, key := range []string{"counter", "cseq", "useq"} {
		want(t, key, again[key], first[key])
	}
	want(t, "nobody waits for it", again["again"], true)
	alice.do("conflict")
	want(t, "conflict", alice.expect("refused").number("code"), uint16(msgdef.CodeConflict))
	alice.do("send", "to", 999, "text", "nobody")
	want(t, "unknown user", alice.expect("refused").number("code"), 300)
	alice.do("send", "to", bob.UID(), "text", strings.Repeat("x", msgdef.MaxBody))
	alice.expect("sent")
	alice.do("send", "to", bob.UID(), "text", "twice")
	alice.expect("sent")
	want(t, "bob hears", []string{string(bob.hear().Body), fmt.Sprint(len(bob.hear().Body)), string(bob.hear().Body)},
		[]string{"once", "8192", "twice"})
	alice.quit()
}

// TestBusy has more sent than the rate allows: all arrives, once and in order.
func TestBusy(t *testing.T) {
	w := newWorld(t, func(o *dev.Options) { o.GateLimits = gate.Limits{SendRate: 10, SendBurst: 5} })
	alice, bob := w.online("alice"), w.golang("bob")
	const n = 20
	for i := range n {
		alice.do("send", "to", bob.UID(), "text", fmt.Sprint(i))
	}
	for i := range n {
		want(t, "in order", string(bob.hear().Body), fmt.Sprint(i))
	}
	want(t, "busy", alice.expect("refused").number("code"), uint16(msgdef.CodeBusy))
	for range n {
		alice.expect("sent")
	}
	alice.quit()
}

// TestAsking covers requests and read positions.
func TestAsking(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.online("alice"), w.golang("bob")
	bob.say(alice.uid, "1", "2", "3", "4")
	alice.messages(4)
	alice.do("read", "with", bob.UID(), "cseq", 3)
	alice.expect("read_ok")
	select {
	case r := <-bob.reads:
		want(t, "bob is told", []uint64{r.UID, r.CSeq}, []uint64{alice.uid, 3})
	case <-time.After(patience):
		t.Fatal("bob is not told")
	}
	if err := bob.MarkRead(msgdef.Pair(alice.uid, bob.UID()), 4); err != nil {
		t.Fatal(err)
	}
	want(t, "alice is told", alice.expect("read_by").number("cseq"), 4)

	alice.do("history", "with", bob.UID(), "before", 5, "limit", 2)
	h := alice.expect("history")
	want(t, "history", []any{h.number("head"), cseqs(h), h["reads"]}, []any{4, []int{3, 4}, map[string]any{
		fmt.Sprint(alice.uid): 3, fmt.Sprint(bob.UID()): 4}})
	alice.do("history", "with", bob.UID(), "after", 3)
	want(t, "history upwards", cseqs(alice.expect("history")), []int{4})
	alice.do("history", "with", 999) // nobody
	want(t, "history of nothing", len(cseqs(alice.expect("history"))), 0)
	alice.do("lookup", "names", []string{"bob", "nobody"}, "uids", []uint64{alice.uid})
	want(t, "users", alice.expect("users")["users"], map[string]any{"alice": alice.uid, "bob": bob.UID()})
	alice.do("presence", "uids", []uint64{bob.UID(), 999})
	want(t, "presence", alice.expect("presence")["online"], []uint64{bob.UID()})
	alice.do("push", "provider", msgdef.PushLog, "token", "0aff")
	alice.expect("push_ok")
	alice.quit()
}

func cseqs(history event) (list []int) {
	messages, _ := history["messages"].([]any)
	for _, m := range messages {
		list = append(list, event(m.(map[string]any)).number("cseq"))
	}
	return list
}

// TestRecordsOfTheClient has the client use new keys and padding.
func TestRecordsOfTheClient(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.online("alice"), w.golang("bob")
	for i := range 3 {
		alice.do("pad", "bytes", 1000*i)
		alice.do("send", "to", bob.UID(), "text", fmt.Sprint("before ", i))
		want(t, "bob hears", string(bob.hear().Body), fmt.Sprint("before ", i))
		alice.do("rekey")
		alice.expect("rekeyed")
		alice.do("send", "to", bob.UID(), "text", fmt.Sprint("after ", i))
		want(t, "bob hears", string(bob.hear().Body), fmt.Sprint("after ", i))
	}
	alice.expectNone("waiting")
	alice.quit()
}

// TestGoAway has the client move when the gate goes away.
func TestGoAway(t *testing.T) {
	w := newWorld(t, func(o *dev.Options) { o.GateTimes.GoAway = patience })
	alice := w.online("alice")
	closed := make(chan error)
	go func() { closed <- w.server.Close(context.Background()) }()
	want(t, "window", alice.expect("go_away").number("window"), patience.Milliseconds())
	alice.do("hurry")
	want(t, "moves", alice.expect("waiting").text("why"), "Moved")
	if err := <-closed; err != nil { // as soon as the client is gone
		t.Error(err)
	}
}
