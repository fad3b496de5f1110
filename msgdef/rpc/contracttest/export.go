package contracttest

import (
	"bytes"
	"context"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// exports reads the export of a user page by page, and nothing of others.
func exports(t *testing.T, s serviceTest) {
	s.store(t, 3)
	file := exported(t, s.bob, rpc.ExportQuery{UID: s.bob}, s.Export)
	for _, what := range []string{`{"type":"header"`, `"text":"message 3"`, `{"type":"footer"`} {
		if bytes.Count(file, []byte(what)) != 1 {
			t.Errorf("not once in it: %s\n%s", what, file)
		}
	}
	_, err := s.Export(within(t), &rpc.ExportQuery{UID: s.bob, Cursor: []byte("x")})
	refused(t, "a bad cursor", err, msgdef.CodeBadCursor)
	_, err = s.Export(within(t), &rpc.ExportQuery{UID: 1 << 60})
	refused(t, "nobody's export", err, msgdef.CodeUnknownUser)
	_, err = s.Export(cancelled(), &rpc.ExportQuery{UID: s.bob})
	refused(t, "Export with a context that has ended", err, msgdef.CodeTimeout)
}

// exported asks for page after page.
func exported(t *testing.T, uid uint64, query rpc.ExportQuery, ask func(context.Context, *rpc.ExportQuery) (*rpc.ExportPage, error)) (file []byte) {
	t.Helper()
	for {
		asked := query
		asked.Cursor = bytes.Clone(query.Cursor)
		page := must[rpc.ExportPage](t)(ask(within(t), &asked))
		loopback.Poison(&asked)
		file = append(file, page.Lines...)
		if page.UID != uid || page.Done != (len(page.Cursor) == 0) || page.Count != uint64(bytes.Count(file, []byte("\n"))) {
			t.Fatalf("%+v", page)
		}
		query.Cursor = bytes.Clone(page.Cursor)
		done := page.Done
		loopback.Poison(page)
		if done {
			return file
		}
	}
}

// operatorExports reads the export of an account that is banned, and none of one that
// was removed.
func operatorExports(t *testing.T, s sanctionTest) {
	s.do(t, s.Ban, rpc.Sanction{UID: s.alice})
	byName := exported(t, s.alice, rpc.ExportQuery{Account: "alice"}, s.ExportOf)
	if !bytes.Contains(byName, []byte(`{"type":"account","uid":`)) {
		t.Errorf("%s", byName)
	}
	_, err := s.service.Export(within(t), &rpc.ExportQuery{UID: s.alice})
	refused(t, "an export by who is banned", err, msgdef.CodeForbidden)
	_, err = s.ExportOf(within(t), &rpc.ExportQuery{Account: "nobody"})
	refused(t, "an export of nobody", err, msgdef.CodeUnknownUser)
	_, err = s.ExportOf(cancelled(), &rpc.ExportQuery{UID: s.alice})
	refused(t, "ExportOf with a context that has ended", err, msgdef.CodeTimeout)
	s.do(t, s.Remove, rpc.Sanction{UID: s.alice})
	_, err = s.ExportOf(within(t), &rpc.ExportQuery{UID: s.alice})
	refused(t, "an export of who was removed", err, msgdef.CodeDeleted)
}
