package pyclient

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/secure"
	"github.com/sim-im/sim/tools/dev"
)

// wantStopped waits for the end of a client that does not try again.
func wantStopped(t *testing.T, c *client, why string, code msgdef.ErrorCode) {
	t.Helper()
	e := c.expect("stopped")
	want(t, "stopped", []any{e.text("why"), e.number("code")}, []any{why, uint16(code)})
	want(t, "exit", c.exit(), 3)
	c.expectNone("online")
}

// wantWaiting waits for a client that was told off by who may be anybody: it tries
// again.
func wantWaiting(t *testing.T, c *client, why string, code msgdef.ErrorCode) {
	t.Helper()
	for range 2 {
		e := c.expect("waiting")
		want(t, "waiting", []any{e.text("why"), e.number("code")}, []any{why, uint16(code)})
	}
	c.quit()
	c.expectNone("online")
}

// TestWrongRoots proves that the client trusts its roots and nobody else.
func TestWrongRoots(t *testing.T) {
	w := newWorld(t)
	root, err := secure.NewRootKey(bytes.NewReader(bytes.Repeat([]byte{7}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	roots, err := secure.NewRoots(root.Public())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "roots.json")
	if err := os.WriteFile(file, roots.JSON(), 0o600); err != nil {
		t.Fatal(err)
	}
	wantWaiting(t, w.python("alice", "--roots", file), "CertificateError", 0)
	gate, _, _ := w.server.Stats()
	want(t, "logins", gate.Logins, 0)
}

// TestRefusedAtTheDoor covers what a gate refuses before a session.
func TestRefusedAtTheDoor(t *testing.T) {
	w := newWorld(t)
	w.online("alice").quit()
	wantStopped(t, w.python("alice", "--password", "wrong"), "LoginRefused", msgdef.CodeBadCredentials)
	wantStopped(t, w.python("a b"), "LoginRefused", msgdef.CodeBadAccount)
	// a client that could do better, and asks for less
	wantStopped(t, w.python("alice", "--suite", "3", "--accept", "1,3"), "LoginRefused", msgdef.CodeDowngrade)
	// a client that uses what it does not accept
	wantStopped(t, w.python("alice", "--suite", "3", "--accept", "4"), "LoginRefused", msgdef.CodeDowngrade)
}

// TestClassicalIsNotAdmitted is the server as it comes.
func TestClassicalIsNotAdmitted(t *testing.T) {
	w := newWorld(t, func(o *dev.Options) { o.AdmitClassical = false })
	wantWaiting(t, w.python("alice", "--suite", "3"), "Refused", msgdef.CodeSuite)
	w.online("alice", "--suite", "1").quit()
}

// TestDisplaced has the same device log in twice.
func TestDisplaced(t *testing.T) {
	w := newWorld(t)
	state, same := filepath.Join(t.TempDir(), "alice.json"), filepath.Join(t.TempDir(), "copy.json")
	first := w.online("alice", "--state", state)
	text, err := os.ReadFile(state)
	if err == nil {
		err = os.WriteFile(same, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	second := w.online("alice", "--state", same)
	wantKicked(t, first)
	second.do("ping")
	second.expect("pong")
	second.quit()
}

func wantKicked(t *testing.T, c *client) {
	t.Helper()
	e := c.expect("stopped")
	want(t, "stopped", []any{e.text("why"), e.number("code")}, []any{"Kicked", uint16(msgdef.CodeReplaced)})
}

// TestFrames covers frames that a gate does not serve.
func TestFrames(t *testing.T) {
	w := newWorld(t)
	alice := w.online("alice")
	for _, c := range []struct{ kind, req int }{
		{0x8001, 1}, {0x7fff, 0}, {0x9000, 2}, // of applications that are not there, numbered, and of nobody
	} {
		alice.do("raw", "type", c.kind, "hex", "c0ffee")
		e := alice.expect("refused")
		want(t, "unknown type", []int{e.number("of"), e.number("req"), e.number("code")}, []int{c.kind, c.req, 305})
	}
	alice.do("ping")
	alice.expect("pong") // the session goes on

	for _, c := range []struct {
		kind int
		hex  string
		code msgdef.ErrorCode
	}{
		{0x0102, "", msgdef.CodeUnexpected},                                               // SendAck, which flows down
		{0x0001, "0101010300000000000000000000000000000000000000", msgdef.CodeUnexpected}, // Login, again
		{0x0003, "01", msgdef.CodeMalformed},
	} {
		alice.do("raw", "type", c.kind, "hex", c.hex)
		e := alice.expect("refused")
		want(t, "refused", []int{e.number("of"), e.number("code")}, []int{c.kind, int(c.code)})
		alice.expect("waiting")
		alice.expect("online") // by itself
	}
	alice.quit()
}
