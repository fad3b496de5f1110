package chat

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/sim-im/sim/gate/client"
)

// TestPassword makes one password, however many chats start at once, and keeps
// it until it is forgotten.
func TestPassword(t *testing.T) {
	h := newHome(t.TempDir(), "alice")
	texts := make([]string, 8)
	var group sync.WaitGroup
	var mu sync.Mutex
	makers := 0
	for i := range texts {
		group.Go(func() {
			text, made, err := h.password()
			if err != nil {
				t.Error(err)
			}
			texts[i] = text
			mu.Lock()
			defer mu.Unlock()
			if made {
				makers++
			}
		})
	}
	group.Wait()
	for _, text := range texts {
		if text == "" || text != texts[0] {
			t.Errorf("different passwords: %q", texts)
		}
	}
	if makers != 1 {
		t.Errorf("%d made one", makers)
	}
	left, err := os.ReadDir(string(h))
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v %v", left, err)
	}
	h.forget()
	if text, made, err := h.password(); !made || err != nil || text == texts[0] {
		t.Errorf("after forgetting: %q %v %v", text, made, err)
	}
	if err := os.WriteFile(h.passwordFile(), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if text, made, err := h.password(); !made || err != nil || text == "" {
		t.Errorf("an empty file gave %q %v %v", text, made, err)
	}
}

// TestHomeName keeps every name inside its folder and apart from the others.
func TestHomeName(t *testing.T) {
	seen := map[home]string{}
	for _, name := range []string{"alice", ".", "..", "../../etc", "a/b", "a%2Fb", "您好", strings.Repeat("x", 64)} {
		h := newHome("/folder", name)
		if filepath.Dir(string(h)) != filepath.Join("/folder", "chat") {
			t.Errorf("%q is kept in %s", name, h)
		}
		if other, ok := seen[h]; ok {
			t.Errorf("%q and %q share %s", name, other, h)
		}
		seen[h] = name
	}
}

// TestProofless hides the token, the tickets and nothing else.
func TestProofless(t *testing.T) {
	state := new(client.MemoryState)
	if err := state.Save(client.Snapshot{Device: 7, Token: []byte("token"), Tickets: make([]client.Ticket, 2)}); err != nil {
		t.Fatal(err)
	}
	s, err := proofless{state}.Load()
	if err != nil || s.Device != 7 || s.Token != nil || s.Tickets != nil {
		t.Errorf("loaded %+v, %v", s, err)
	}
	if _, err := state.Load(); !errors.Is(err, client.ErrStateLocked) {
		t.Errorf("not taken: %v", err)
	}
}
