package log_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/sim-im/sim/push/provider"
	"github.com/sim-im/sim/push/provider/log"
)

// TestLine shows who is pushed, and neither the token nor the text.
func TestLine(t *testing.T) {
	var out bytes.Buffer
	p := log.New(slog.New(slog.NewTextHandler(&out, nil)))
	n := &provider.Notification{ID: "msg_1", UID: 77, From: "alice", Token: []byte("s3cr3t-token"), Text: "for bob only"}
	if err := p.Push(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"msg_1", "uid=77", "from=alice"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in %s", want, out.String())
		}
	}
	for _, secret := range []string{"s3cr3t", "bob only", "733363"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("%q is in %s", secret, out.String())
		}
	}
}
