package dev

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/imservice/export"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// TestExport has a user export their account by the SDK while the server is stopped and
// started between pages and others go on writing: every message that was there is in it
// once. An operator's export has the same messages.
func TestExport(t *testing.T) {
	w := newWorld(t)
	bob, alice := w.user("bob"), w.user("alice")
	conv := msgdef.Pair(bob.UID(), alice.UID())
	const before = 60 // what a user may send at once
	for i := range before {
		bob.QueueDraft(&client.Draft{Conv: conv, Kind: msgdef.ContentText, Body: fmt.Appendf(nil, "message %d %s", i+1, strings.Repeat(".", 8000))})
	}
	if err := bob.Flush(bob.ctx()); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	restarts := 0
	got, err := alice.Export(alice.ctx(), client.ExportTarget{To: &file, Progress: func(client.Exported) {
		bob.QueueDraft(&client.Draft{Conv: conv, Kind: msgdef.ContentText, Body: []byte("meanwhile")})
		if restarts++; restarts < 3 {
			w.stop()
			w.start()
		}
	}})
	if err != nil || got.Bytes != int64(file.Len()) || restarts < 3 {
		t.Fatalf("%+v of %d bytes on %d pages, %v", got, file.Len(), restarts, err)
	}
	report, err := export.Verify(bytes.NewReader(file.Bytes()))
	if err != nil || !report.OK() || report.Lines != got.Lines || report.Counts["message"] < before || report.Header.Account != "alice" {
		t.Errorf("%+v, %v", report, err)
	}
	for i := range before {
		if n := bytes.Count(file.Bytes(), fmt.Appendf(nil, `"message %d .`, i+1)); n != 1 {
			t.Fatalf("message %d is there %d times", i+1, n)
		}
	}
	operated := w.operatorExport(t, "alice")
	for text := range bytes.Lines(file.Bytes()) {
		if bytes.HasPrefix(text, []byte(`{"type":"message"`)) && !bytes.Contains(operated, text) {
			t.Fatalf("an operator does not get %s", text)
		}
	}
	path := filepath.Join(t.TempDir(), "alice.jsonl")
	if _, err := alice.ExportFile(alice.ctx(), path, nil); err != nil {
		t.Error(err)
	}
}

// operatorExport exports an account by the operator's interface.
func (w *world) operatorExport(t *testing.T, account string) (file []byte) {
	t.Helper()
	for query := (&rpc.ExportQuery{Account: account}); ; {
		page, err := w.server.service.ExportOf(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		file = append(file, page.Lines...)
		if query.Cursor = page.Cursor; page.Done {
			return file
		}
	}
}

// TestExportOfBanned has a session that is ended in the middle of an export get no more
// of it.
func TestExportOfBanned(t *testing.T) {
	w := newWorld(t)
	bob, alice := w.user("bob"), w.user("alice")
	conv := msgdef.Pair(bob.UID(), alice.UID())
	for range 60 {
		bob.QueueDraft(&client.Draft{Conv: conv, Kind: msgdef.ContentText, Body: []byte(strings.Repeat("x", 8000))})
	}
	if err := bob.Flush(bob.ctx()); err != nil {
		t.Fatal(err)
	}
	banned := false
	_, err := alice.Export(alice.ctx(), client.ExportTarget{To: io.Discard, Progress: func(client.Exported) {
		if !banned {
			banned = true
			if _, err := w.server.service.Ban(t.Context(), &rpc.Sanction{Account: "alice"}); err != nil {
				t.Error(err)
			}
		}
	}})
	if err == nil {
		t.Error("exported to the end")
	}
}
