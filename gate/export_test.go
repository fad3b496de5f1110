package gate_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// farExports is the part of a far end that exports: two pages of a user, the first of
// which is as long as there are.
type farExports struct{}

// longPage is a page that no one frame has room for.
const longPage = 160 << 10

func (farExports) Export(_ context.Context, q *rpc.ExportQuery) (*rpc.ExportPage, error) {
	mine := fmt.Appendf(nil, "cursor of %d%480d", q.UID, 1)
	switch {
	case q.Account != "" || q.UID == 0:
		return nil, rpc.Errorf(msgdef.CodeForbidden, "somebody else's")
	case len(q.Cursor) == 0:
		return &rpc.ExportPage{UID: q.UID, Count: 3, Cursor: mine, Lines: bytes.Repeat([]byte{byte(q.UID), '\n'}, longPage/2)}, nil
	case !bytes.Equal(q.Cursor, mine):
		return nil, &rpc.Error{Code: msgdef.CodeBadCursor, Retry: 5}
	}
	return &rpc.ExportPage{UID: q.UID, Count: 4, Done: true}, nil
}

// exportPage asks for a page and puts its parts together.
func exportPage(t *testing.T, next func() *msgdef.ExportPart) (lines []byte, last *msgdef.ExportPart) {
	t.Helper()
	for {
		m := next()
		lines = append(lines, m.Lines...)
		if m.Req != 5 || m.Last != (len(m.Cursor) > 0 || m.Done) {
			t.Fatalf("%+v", m)
		}
		if m.Last {
			return lines, m
		}
	}
}

// TestGetExport gets one's own pages of any size, in binary and in JSON, and goes on by
// one's own cursors.
func TestGetExport(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c, j := w.login("alice", 1), w.loginInJSON("bob", 2)
		c.send(&msgdef.GetExport{Req: 5})
		lines, first := exportPage(t, func() *msgdef.ExportPart { m := new(msgdef.ExportPart); c.expect(m); return m })
		if len(lines) != longPage || uint64(lines[0]) != c.welcome.UID || first.Count != 3 {
			t.Errorf("%d bytes, %+v", len(lines), first)
		}
		c.send(&msgdef.GetExport{Req: 5, Cursor: first.Cursor})
		if _, last := exportPage(t, func() *msgdef.ExportPart { m := new(msgdef.ExportPart); c.expect(m); return m }); !last.Done || last.Count != 4 {
			t.Errorf("%+v", last)
		}
		ask := &msgdef.GetExport{Req: 5}
		j.sendText(msgdef.TypeGetExport, string(ask.AppendJSON(nil)))
		lines, _ = exportPage(t, func() *msgdef.ExportPart {
			f, err := j.next()
			must(t, err)
			m := new(msgdef.ExportPart)
			must(t, m.DecodeJSON(f.Body))
			return m
		})
		if len(lines) != longPage || uint64(lines[0]) != j.welcome.UID {
			t.Errorf("in JSON: %d bytes", len(lines))
		}
		d := w.login("carol", 3)
		d.send(&msgdef.GetExport{Req: 5, Cursor: first.Cursor})
		var refused msgdef.Error
		if d.expect(&refused); refused.Code != msgdef.CodeBadCursor || refused.RetryAfter != 5 || refused.Req != 5 {
			t.Errorf("%+v", refused)
		}
	})
}
