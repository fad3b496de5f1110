package keys

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"
)

// TestTicketKeysLast makes keys once, keeps them, and never replaces damaged
// ones.
func TestTicketKeysLast(t *testing.T) {
	now := time.Now()
	k := testFolder(t, &now)
	first, err := k.TicketKeys()
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(k.TicketKeysFile())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	again, err := k.TicketKeys()
	if err != nil || !bytes.Equal(again.Encode(), first.Encode()) {
		t.Errorf("%v instead of %v, %v", again, first, err)
	}
	if err := os.WriteFile(k.TicketKeysFile(), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := k.TicketKeys(); err == nil || !strings.Contains(err.Error(), "tickets.key") {
		t.Errorf("damaged keys gave %v", err)
	}
}
