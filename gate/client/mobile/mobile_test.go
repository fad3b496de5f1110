package mobile

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"crypto/rand"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/secure"
)

// config is one of a client that reaches nobody.
func config(t *testing.T) *Config {
	c := NewConfig()
	c.Addresses, c.Account, c.Password, c.TCPOnly = "127.0.0.1:1, 127.0.0.1:2", "alice", "secret", true
	c.Roots = must(secure.NewRoots(must(secure.NewRootKey(rand.Reader)).Public())).JSON()
	c.StatePath = filepath.Join(t.TempDir(), "state.json")
	return c
}

// A message that is queued offline is there after a restart, and can be taken
// back.
func TestQueueOffline(t *testing.T) {
	c := config(t)
	one := must(NewClient(c, nil))
	p := must(one.Queue(Pair(7, 8), 1, []byte("hello")))
	if err := one.Connect(NewCall(5000)); ReasonOf(err).Kind != KindUnreachable {
		t.Errorf("connected to nobody: %v", err)
	}
	call := NewCall(0)
	call.Cancel()
	if _, err := p.Wait(call); ReasonOf(err).Kind != KindCancelled || p.Done() {
		t.Errorf("cancelled: %v", err)
	}
	if s := one.State(); s.Phase != PhaseIdle || s.Reason.Kind != KindUnreachable {
		t.Errorf("state %+v", s)
	}
	if err := one.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Wait(nil); ReasonOf(err).Kind != KindKept {
		t.Errorf("after Close: %v", err)
	}
	two := must(NewClient(c, nil))
	defer two.Close()
	list := two.Pending()
	if list.Len() != 1 || list.At(1) != nil || list.At(-1) != nil {
		t.Fatalf("%d are queued", list.Len())
	}
	again := list.At(0)
	if string(again.Body()) != "hello" || again.Counter() != p.Counter() || Peer(again.Conv(), 7) != 8 || again.Kind() != 1 || again.Millis() != p.Millis() {
		t.Errorf("it is %+v", again)
	}
	if again.Cancel() || !again.Discard() || two.Pending().Len() != 0 {
		t.Error("not taken back")
	}
}

// Mistakes are errors, and not panics or silence.
func TestMistakes(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"roots": func(c *Config) { c.Roots = []byte("x") }, "path": func(c *Config) { c.StatePath = "" },
		"platform": func(c *Config) { c.Platform = 256 }, "addresses": func(c *Config) { c.Addresses = " ," },
	} {
		c := config(t)
		change(c)
		if _, err := NewClient(c, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	c := must(NewClient(config(t), nil))
	defer c.Close()
	late := must(c.QueueUntil(Pair(7, 8), 1, []byte("late"), 1))
	if _, err := late.Wait(nil); !late.Done() || ReasonOf(err).Kind != KindExpired || late.UntilMillis() != 1 {
		t.Errorf("of no use for long: %v", err)
	}
	for name, d := range map[string]*Draft{
		"none": nil, "kind": {Kind: -1}, "lifetime": {LifetimeSeconds: -1}, "a long lifetime": {LifetimeSeconds: 1 << 32},
	} {
		if _, err := c.QueueDraft(GroupConv(7), d); err == nil {
			t.Errorf("draft with %s was taken", name)
		}
	}
	for name, change := range map[string]*Change{"none": nil, "act": {Act: 256}, "entry": {Act: 1, Info: &Info{Entry: -1}}} {
		if _, err := c.ChangeGroup(GroupConv(7), change, nil); err == nil {
			t.Errorf("change with %s was taken", name)
		}
		if _, err := c.FoundGroup(change, nil); err == nil {
			t.Errorf("group with %s was founded", name)
		}
	}
	if _, err := c.Queue([]byte{1}, 1, nil); err == nil {
		t.Error("a short conversation was taken")
	}
	if _, err := c.Queue(Pair(1, 2), 256, nil); err == nil {
		t.Error("a kind above 255 was taken")
	}
	if err := c.RegisterPush(-1, nil, nil); err == nil {
		t.Error("provider -1 was taken")
	}
	if Peer([]byte{1}, 1) != 0 {
		t.Error("a short conversation has a peer")
	}
}

// Phases are numbered alike, and kinds tell what an app acts on.
func TestReasons(t *testing.T) {
	if PhaseIdle != int(client.Idle) || PhaseConnecting != int(client.Connecting) || PhaseOnline != int(client.Online) ||
		PhaseWaiting != int(client.Waiting) || PhaseStopped != int(client.Stopped) {
		t.Error("phases are numbered otherwise")
	}
	if ReasonOf(nil) != nil {
		t.Error("a reason for nothing")
	}
	for code, kind := range map[msgdef.ErrorCode]string{
		msgdef.CodeUpgrade: KindUpgrade, msgdef.CodeVersion: KindUpgrade, msgdef.CodeBanned: KindBanned, msgdef.CodeReplaced: KindReplaced,
		msgdef.CodeRevoked: KindRevoked, msgdef.CodeDeleted: KindDeleted, msgdef.CodeBadCredentials: KindCredentials, msgdef.CodeBusy: KindBusy, msgdef.CodeForbidden: KindRefused,
	} {
		r := ReasonOf(fmt.Errorf("%w: %w", client.ErrKicked, &client.Error{Code: code, Retry: 1e9}))
		if code == msgdef.CodeBusy || code == msgdef.CodeForbidden {
			r = ReasonOf(&client.Error{Code: code, Retry: 1e9})
		}
		if r.Kind != kind || r.Code != int(code) || r.RetryMillis != 1000 {
			t.Errorf("%v: %+v", code, r)
		}
	}
	for err, kind := range map[error]string{
		client.ErrKicked: KindKicked, context.DeadlineExceeded: KindTimeout, errors.New("x"): KindOther, client.ErrStateDamaged: KindDamaged,
	} {
		if r := ReasonOf(err); r.Kind != kind || r.Text == "" {
			t.Errorf("%v: %+v", err, r)
		}
	}
}

// A message says what is beside it and what came of it, and what it does to a
// group.
func TestMarks(t *testing.T) {
	x := msgdef.Extra{Reply: 3, Mentions: []uint64{7}, Lifetime: 60}
	s := msgdef.MessageState{Changed: 9, Recalled: true, Pinned: true, Reactions: []msgdef.ReactionCount{{Emoji: "👍", Count: 2}}}
	change := msgdef.GroupChange{Act: msgdef.GroupAdd, UIDs: []uint64{8, 9}, Reason: "friends"}
	m := messageOf(&client.Message{Message: msgdef.Message{
		Conv: msgdef.GroupConv(5), At: 1000, Kind: msgdef.ContentGroup, Body: change.Append(nil), Extra: x.Append(nil), State: s.Append(nil),
	}})
	if m.Reply != 3 || !m.Mentions(7) || m.Mentions(8) || m.ExpiresMillis != 61_000 || m.Changed != 9 || !m.Recalled || !m.Pinned || GroupID(m.Conv) != 5 {
		t.Errorf("read %+v", m)
	}
	if r := m.Reactions(); r.Len() != 1 || r.Emoji(0) != "👍" || r.Count(0) != 2 || r.Emoji(1) != "" || r.Count(-1) != 0 {
		t.Errorf("reactions %+v", r)
	}
	if c := m.Change(); c == nil || c.Act != 3 || c.Users() != 2 || c.UserAt(1) != 9 || c.UserAt(2) != 0 || c.Reason != "friends" {
		t.Errorf("change %+v", c)
	}
	plain := messageOf(&client.Message{Message: msgdef.Message{Conv: msgdef.Pair(1, 2), Kind: 1}})
	if plain.Change() != nil || plain.Reactions().Len() != 0 || plain.Reply != 0 || plain.ExpiresMillis != 0 || GroupID(plain.Conv) != 0 {
		t.Errorf("plain %+v", plain)
	}
	if bare := new(Message); bare.Mentions(1) || bare.Change() != nil || bare.Reactions().Len() != 0 {
		t.Error("a message of the app itself is marked")
	}
}

// A draft keeps what it says over a restart.
func TestDrafts(t *testing.T) {
	c := config(t)
	one := must(NewClient(c, nil))
	d := NewText("look")
	d.Reply, d.LifetimeSeconds = 3, 60
	d.Mention(7)
	must(one.QueueDraft(GroupConv(5), d))
	if err := one.Close(); err != nil {
		t.Fatal(err)
	}
	two := must(NewClient(c, nil))
	defer two.Close()
	var x msgdef.Extra
	if err := x.Decode(two.Pending().At(0).handle.Message().Extra); err != nil || x.Reply != 3 || x.Lifetime != 60 || len(x.Mentions) != 1 {
		t.Errorf("%+v, %v", x, err)
	}
}
