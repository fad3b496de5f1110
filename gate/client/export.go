package client

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"

	"github.com/sim-im/sim/gate/client/newfile"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// maxExportPage is the most bytes of a page of an export, see rpc.ExportPage.
const maxExportPage = 256 << 10

// Exported is how much of an export is written.
type Exported struct {
	Lines uint64
	Bytes int64
}

// ExportTarget is where an export goes.
type ExportTarget struct {
	To io.Writer

	// Progress hears how much is there; nil means that nobody asks. It is called on
	// the goroutine of Export.
	Progress func(Exported)
}

// Export writes all that the server keeps of this user's account, as lines of JSON in
// the form that PROTOCOL.md tells, the last of which is a footer. It takes as long as
// ctx lasts: over lost connections, and while the server is busy, it goes on with the
// page that it was at, so that no line is there twice or missing.
//
// It is no snapshot. Everything is in it that was there when it began, and could still
// be read when its page was made; of what came since there may be some.
//
// The error is To's, or the server's: msgdef.CodeManyExports when the user has begun
// too many. What is written by then has no footer.
func (c *Client) Export(ctx context.Context, t ExportTarget) (Exported, error) {
	if t.To == nil {
		return Exported{}, checkArgument(errors.New("an export goes somewhere"))
	}
	ctx, done := c.during(ctx)
	defer done()
	x := &exporting{c: c, target: t}
	for failures := 0; !x.done; {
		err := x.page(ctx)
		if err == nil {
			failures = 0
			continue
		}
		if x.broken || !passes(err) {
			return x.written, err
		}
		failures++
		if err := c.pause(ctx, failures, err); err != nil {
			return x.written, err
		}
	}
	return x.written, nil
}

// ExportFile is Export into a file that is there when it is whole. One that is there
// already is not touched: the error wraps fs.ErrExist then.
func (c *Client) ExportFile(ctx context.Context, path string, progress func(Exported)) (Exported, error) {
	file, err := newfile.Create(path)
	if err != nil {
		return Exported{}, err
	}
	defer file.Drop()
	written, err := c.Export(ctx, ExportTarget{To: file, Progress: progress})
	if err != nil {
		return written, err
	}
	return written, file.Keep()
}

// exporting is an export under way.
type exporting struct {
	c       *Client
	target  ExportTarget
	cursor  []byte
	written Exported
	done    bool
	broken  bool // the target is
}

// page asks for the page at the cursor, and writes it when all of it is there.
func (x *exporting) page(ctx context.Context) error {
	var lines bytes.Buffer
	var last msgdef.ExportPart
	err := x.c.call(ctx, &call{
		ask: func(req uint64) frame.Message {
			lines.Reset()
			return &msgdef.GetExport{Req: req, Cursor: x.cursor}
		},
		take: func(answer any) (bool, error) {
			m, ok := answer.(*msgdef.ExportPart)
			if !ok {
				return false, protocolError("%T in answer to GetExport", answer)
			}
			lines.Write(m.Lines)
			if m.Last {
				last = *m.Clone()
			}
			if m.Last && !m.Done && (len(m.Cursor) == 0 || bytes.Equal(m.Cursor, x.cursor)) {
				return false, protocolError("an export that does not go on")
			}
			return m.Last, bounded("Export", lines.Len(), maxExportPage)
		},
	})
	if err != nil {
		return err
	}
	n, err := lines.WriteTo(x.target.To)
	if x.written.Bytes += n; err != nil {
		x.broken = true
		return err
	}
	x.cursor, x.done, x.written.Lines = last.Cursor, last.Done, last.Count
	if x.target.Progress != nil {
		x.target.Progress(x.written)
	}
	return nil
}

// passes tells whether the same request may succeed later.
func passes(err error) bool {
	var refused *Error
	if errors.As(err, &refused) {
		return class(refused.Code) == 4
	}
	return errors.Is(err, ErrDisconnected)
}

// pause waits after failures in a row, as long as the server wants.
func (c *Client) pause(ctx context.Context, failures int, err error) error {
	var refused *Error
	var retry time.Duration
	if errors.As(err, &refused) {
		retry = refused.Retry
	}
	timer := time.NewTimer(c.opts.Backoff.delay(failures, retry))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return errors.Join(context.Cause(ctx), err)
	}
}

// HandleExportPart implements msgdef.DownHandler.
func (s *session) HandleExportPart(m *msgdef.ExportPart) error { return s.answer(m.Req, m) }
