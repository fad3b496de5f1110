package dev

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/secure"
	"github.com/sim-im/sim/tools/freeport"
)

// eventually waits for what follows from an answer but is not part of it.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("still waiting for %s", what)
		}
	}
}

// TestLoginRefused gives each wrong proof its own reason.
func TestLoginRefused(t *testing.T) {
	w := newWorld(t)
	w.user("alice")
	other, err := secure.NewRootKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	strangers, err := secure.NewRoots(other.Public())
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		change func(*client.Options)
		code   msgdef.ErrorCode // 0: not the server's word
		is     error
	}{
		{"wrong password", func(o *client.Options) { o.Password = "guess" }, msgdef.CodeBadCredentials, client.ErrRefused},
		{"wrong token", func(o *client.Options) { o.Password, o.Token = "", bytes.Repeat([]byte{1}, 32) }, msgdef.CodeBadCredentials, client.ErrRefused},
		{"bad name", func(o *client.Options) { o.Account = "two words" }, msgdef.CodeBadAccount, client.ErrRefused},
		{"wrong roots", func(o *client.Options) { o.Roots = strangers }, 0, client.ErrUntrusted},
		{"suite not admitted", func(o *client.Options) { o.Suite = secure.ClassicalAESGCM }, msgdef.CodeSuite, client.ErrRefused},
		{"nobody there", func(o *client.Options) { o.Address = closedPort(t) }, 0, client.ErrUnreachable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			options := w.options("alice")
			tt.change(&options)
			c, err := client.New(options)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			err = c.Connect(ctx)
			var refused *client.Error
			if !errors.Is(err, tt.is) {
				t.Fatalf("got %v, want %v", err, tt.is)
			}
			if tt.code != 0 && (!errors.As(err, &refused) || refused.Code != tt.code) {
				t.Errorf("got %v, want code %v", err, tt.code)
			}
		})
	}
}

// closedPort is an address where nobody listens, and which no client gets, so that a
// server can come back to it.
func closedPort(t *testing.T) string {
	t.Helper()
	addr, err := freeport.Addr()
	if err != nil {
		t.Fatal(err)
	}
	return addr
}

// TestSendRefused refuses a message without ending the session.
func TestSendRefused(t *testing.T) {
	w := newWorld(t)
	alice, bob, carol := w.user("alice"), w.user("bob"), w.user("carol")
	tests := []struct {
		name string
		conv msgdef.Conversation
		body []byte
		code msgdef.ErrorCode
	}{
		{"unknown user", msgdef.Pair(alice.UID(), 1<<40), []byte("x"), msgdef.CodeUnknownUser},
		{"somebody else's conversation", msgdef.Pair(bob.UID(), carol.UID()), []byte("x"), msgdef.CodeForbidden},
		{"no conversation", msgdef.Conversation{}, []byte("x"), msgdef.CodeUnknownConversation},
		{"too long", msgdef.Pair(alice.UID(), bob.UID()), make([]byte, msgdef.MaxBody+1), msgdef.CodeBodyTooLong},
	}
	for _, tt := range tests {
		_, err := alice.Send(alice.ctx(), tt.conv, msgdef.ContentCustom, tt.body)
		var refused *client.Error
		if !errors.As(err, &refused) || refused.Code != tt.code {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.code)
		}
	}
	if _, err := carol.History(carol.ctx(), msgdef.Pair(alice.UID(), bob.UID()), 0, 1); err == nil {
		t.Error("carol read what is not hers")
	}
	longest := bytes.Repeat([]byte("x"), msgdef.MaxBody)
	if _, err := alice.Send(alice.ctx(), msgdef.Pair(alice.UID(), bob.UID()), msgdef.ContentCustom, longest); err != nil {
		t.Errorf("the longest body: %v", err)
	}
	if got := bob.messages(1); len(got[0].Body) != msgdef.MaxBody {
		t.Errorf("bob got %d bytes", len(got[0].Body))
	}
}

// TestFolderInUse leaves a running server alone.
func TestFolderInUse(t *testing.T) {
	w := newWorld(t)
	alice := w.user("alice")
	second := w.opts
	second.Listen, second.HTTP = "127.0.0.1:0", ""
	_, err := Start(t.Context(), second)
	var wrong *FolderError
	if !errors.Is(err, store.ErrInUse) || !errors.As(err, &wrong) || wrong.Folder != w.opts.Data {
		t.Errorf("got %v", err)
	}
	alice.send(alice.UID(), "still here")
}

// TestAddressInUse touches no data.
func TestAddressInUse(t *testing.T) {
	w := newWorld(t)
	second := w.opts
	second.Data += "-second"
	if _, err := Start(t.Context(), second); err == nil {
		t.Error("two servers at one address")
	}
	if _, err := os.Stat(second.Data); err == nil {
		t.Error("it made a data folder")
	}
}

// TestFolderReadOnly says so; root can write almost everywhere, but not there.
func TestFolderReadOnly(t *testing.T) {
	folder := "/sys/sim"
	if os.Geteuid() != 0 {
		folder = t.TempDir()
		if err := os.Chmod(folder, 0o500); err != nil {
			t.Fatal(err)
		}
	} else if _, err := os.Stat("/sys/kernel"); err != nil {
		t.Skip("this system has no folder that root cannot write")
	}
	_, err := Start(t.Context(), Options{Data: folder + "/data", Listen: "127.0.0.1:0"})
	var wrong *FolderError
	if !errors.As(err, &wrong) || !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("got %v", err)
	}
}

// TestGarbage closes on what is no handshake, and counts why.
func TestGarbage(t *testing.T) {
	w := newWorld(t)
	conn, err := net.Dial("tcp", w.opts.Listen)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("GET / HTTP/1.1\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, conn); err != nil && !strings.Contains(err.Error(), "reset") {
		t.Error(err)
	}
	eventually(t, "the close to be counted", func() bool {
		stats, _, _ := w.server.Stats()
		return stats.Closes[gate.ReasonGarbage] == 1
	})
	w.user("alice") // nobody else notices
}

// TestOperators looks at a running server.
func TestOperators(t *testing.T) {
	w := newWorld(t)
	alice := w.user("alice")
	alice.send(alice.UID(), "one")
	transport := &http.Transport{DisableKeepAlives: true}
	c := &http.Client{Transport: transport}
	for path, parts := range map[string][]string{
		"/readyz":  {"ready"},
		"/livez":   {"live"},
		"/metrics": {"sim_gate_sessions 1", "sim_imservice_messages_total 1", "sim_route_users 1", "go_goroutines"},
	} {
		answer, err := c.Get("http://" + w.server.HTTPAddr() + path)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %s %v", path, answer.Status, err)
		}
		for _, part := range parts {
			if !strings.Contains(string(text), part) {
				t.Errorf("%s lacks %q:\n%s", path, part, text)
			}
		}
	}
}
