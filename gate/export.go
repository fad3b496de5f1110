package gate

import (
	"bytes"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// exportPart is how many bytes of lines a frame has, see msgdef.ExportPart. With a
// cursor beside them they fit a frame in Base64 too.
const exportPart = 11264

// HandleGetExport implements msgdef.UpHandler.
func (t *turn) HandleGetExport(m *msgdef.GetExport) error {
	req, cursor, c := m.Req, bytes.Clone(m.Cursor), t.conn // all outlive the turn
	return t.pull(msgdef.TypeGetExport, req, func(to pager) error { return c.getExport(to, req, cursor) })
}

func (c *conn) getExport(to pager, req uint64, cursor []byte) error {
	ctx, cancel := c.gate.call(c.gate.times.Call)
	defer cancel()
	page, err := c.gate.options.Route.Export(ctx, &rpc.ExportQuery{UID: c.uid, Cursor: cursor})
	if err != nil {
		return c.gate.failed(msgdef.TypeGetExport, req, err)
	}
	defer c.gate.pressure.hold(len(page.Lines))()
	for lines := page.Lines; ; {
		n := min(len(lines), exportPart)
		m := &msgdef.ExportPart{Req: req, Count: page.Count, Done: page.Done, Lines: lines[:n]}
		if lines = lines[n:]; len(lines) == 0 {
			m.Last, m.Cursor = true, page.Cursor
		}
		if err := to(m); err != nil || m.Last {
			return err
		}
	}
}
