package node

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/imservice/export"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// TestExportGoesOn exports an account while a route goes, and the message service comes
// back at another address. An operator gets the same messages, and is in the log.
func TestExportGoesOn(t *testing.T) {
	w := newWorld(t)
	data := t.TempDir()
	m := w.imserviceAt("m1", data)
	first := w.route("r1")
	g := w.gate("g1")
	w.ready(g)
	second := w.route("r2")
	w.ready(second)
	alice, bob := w.user("alice", g.Addr()), w.user("bob", g.Addr())
	conv, sent := msgdef.Pair(alice.UID(), bob.UID()), 50
	for i := range sent {
		alice.QueueDraft(&client.Draft{Conv: conv, Kind: msgdef.ContentText, Body: fmt.Appendf(nil, "number %d %s", i, strings.Repeat(".", 8000))})
	}
	if err := alice.Flush(w.within()); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	pages := 0
	_, err := bob.Export(w.within(), client.ExportTarget{To: &file, Progress: func(client.Exported) {
		switch pages++; pages {
		case 1:
			w.close(first)
		case 2:
			w.close(m)
			m = w.imserviceAt("m1", data)
		}
	}})
	if err != nil || pages < 4 {
		t.Fatalf("%d pages: %v", pages, err)
	}
	report, err := export.Verify(bytes.NewReader(file.Bytes()))
	if err != nil || !report.OK() || report.Counts["message"] != uint64(sent) {
		t.Errorf("%+v, %v", report, err)
	}
	w.ready(m)
	op, operated := w.operator(OperatorOptions{Addr: m.RPCAddr()}), []byte(nil)
	for query := (&rpc.ExportQuery{Account: "bob"}); ; {
		page, err := op.ExportOf(w.within(), query)
		if err != nil {
			t.Fatal(err)
		}
		operated = append(operated, page.Lines...)
		if query.Cursor = page.Cursor; page.Done {
			break
		}
	}
	for line := range bytes.Lines(file.Bytes()) {
		if bytes.HasPrefix(line, []byte(`{"type":"message"`)) && bytes.Count(operated, line) != 1 {
			t.Errorf("an operator does not get %.120s", line)
		}
	}
	if !strings.Contains(w.log.String(), `msg="an operator exports an account" role=imservice id=m1 uid=2 account=bob begins=true`) {
		t.Error("nobody notes that an operator exports")
	}
}
