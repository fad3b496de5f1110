package tsclient

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/vectors/kinds"
)

// TestClient compiles the client, runs its own tests, and then conversations.
func TestClient(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles TypeScript")
	}
	w := newWorkspace(t)
	w.copy(t, "msgdef/vectors", filepath.Join(root, "msgdef/vectors"))
	example(t, w)
	w.compile(t, ".")
	t.Run("its own tests", func(t *testing.T) {
		w.compile(t, client+"/test")
		w.run(t, client, "node", "--unhandled-rejections=strict", "--test", "build/test/")
	})
	t.Run("conversation", func(t *testing.T) { conversation(t, newWorld(t, w)) })
	t.Run("conversation over WebSocket", func(t *testing.T) { conversation(t, newWorld(t, w).overWebSocket()) })
	t.Run("tokens", func(t *testing.T) { tokens(t, w) })
	t.Run("logins", func(t *testing.T) { logins(t, newWorld(t, w)) })
	t.Run("example", func(t *testing.T) {
		world := newWorld(t, w)
		world.golang("bob")
		text, err := os.ReadFile(w.path("example.js"))
		if err != nil {
			t.Fatal(err)
		}
		there := strings.NewReplacer("127.0.0.1:7100", world.server.Addr(), ".sim/roots.json", world.server.RootsFile())
		if err := os.WriteFile(w.path("there.js"), []byte(there.Replace(string(text))), 0o600); err != nil {
			t.Fatal(err)
		}
		if out := w.run(t, ".", "node", "there.js"); !strings.Contains(out, "name: 'bob'") {
			t.Errorf("the example of the README prints %s", out)
		}
	})
}

// example takes the program out of the README.
func example(t *testing.T, w workspace) {
	t.Helper()
	text, err := os.ReadFile(w.path(client + "/README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```ts\n")
	program, _, ok := strings.Cut(rest, "```\n")
	if !ok {
		t.Fatal("the README has no example")
	}
	if err := os.WriteFile(w.path("example.ts"), []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
}

// conversation has a client in TypeScript and one in Go talk to each other, and
// to a service, until the server goes.
func conversation(t *testing.T, w *world) {
	w.serve()
	bob, messages := w.golang("bob")
	alice := w.drive(login{account: "alice", password: "secret", suite: 1})
	opened := alice.expect("open")
	t.Logf("login in %d ms", opened.MS)

	alice.send(msgdef.TypeLookup, (&msgdef.Lookup{Req: 5, Names: []string{"bob"}}).Append(nil))
	var users msgdef.Users
	if err := users.Decode(alice.frame(msgdef.TypeUsers)); err != nil || users.Req != 5 || len(users.Users) != 1 || users.Users[0].UID != bob.UID() {
		t.Fatalf("lookup: %+v, %v", users, err)
	}

	pair := msgdef.Pair(opened.UID, bob.UID())
	send := msgdef.Send{Counter: 1, Conv: pair, Kind: msgdef.ContentText, Body: []byte("hello")}
	alice.send(msgdef.TypeSend, send.Append(nil))
	var ack msgdef.SendAck
	if err := ack.Decode(alice.frame(msgdef.TypeSendAck)); err != nil || ack.Counter != 1 || ack.CSeq != 1 {
		t.Fatalf("ack: %+v, %v", ack, err)
	}
	if m := <-messages; string(m.Body) != "hello" || m.From != opened.UID {
		t.Fatalf("bob hears %+v", m)
	}

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := bob.Send(ctx, pair, msgdef.ContentText, []byte("hi")); err != nil {
		t.Fatal(err)
	}
	var notify msgdef.Notify
	var message msgdef.Message
	if err := notify.Decode(alice.frame(msgdef.TypeNotify)); err != nil || message.Decode(notify.Message) != nil || string(message.Body) != "hi" {
		t.Fatalf("notify: %+v, %v", notify, err)
	}

	alice.send(0x8001, []byte("echo"))
	var texts kinds.Texts
	if err := texts.Decode(alice.frame(msgdef.Type(texts.Type()))); err != nil || texts.Text != "echo" {
		t.Fatalf("service: %+v, %v", texts, err)
	}
	alice.send(0x9001, nil) // nobody's
	if e := alice.expect("refused"); e.Code != msgdef.CodeUnknownType {
		t.Fatalf("refused: %+v", e)
	}

	if err := w.server.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if e := alice.expect("closed"); e.Name != "ClosedError" {
		t.Errorf("closed: %+v", e)
	}
	alice.exit()
}

// logins are by password and token, in all suites, and by none of them.
func logins(t *testing.T, w *world) {
	var token string
	for suite := 1; suite <= 4; suite++ {
		c := w.drive(login{account: "alice", password: "secret", suite: suite})
		token = c.expect("open").Hex
		c.leave()
	}
	c := w.drive(login{account: "alice", token: token, suite: 2})
	if e := c.expect("open"); e.UID == 0 || e.Hex != "" {
		t.Errorf("by token: %+v", e)
	}
	c.leave()
	for _, l := range []login{{account: "alice", password: "wrong", suite: 1}, {account: "alice", token: "00" + token[2:], suite: 1}} {
		c := w.drive(l)
		if e := c.expect("failed"); e.Name != "GateError" || e.Code != msgdef.CodeBadCredentials {
			t.Errorf("refused: %+v", e)
		}
		c.exit()
	}
}
