package client

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// exportPart is a part of the n-th page.
func exportPart(req uint64, n int, part string, last bool) *msgdef.ExportPart {
	m := &msgdef.ExportPart{Req: req, Last: last, Count: uint64(n), Done: n == 3, Lines: fmt.Appendf(nil, "%d%s", n, part)}
	if last && !m.Done {
		m.Cursor = fmt.Appendf(nil, "after %d", n)
	}
	return m
}

// TestExport puts pages together over lost connections and a busy server: nothing is
// there twice, and nothing is missing.
func TestExport(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c, p := g.online(g.options(), msgdef.LoginOK{})
		var out bytes.Buffer
		var told []Exported
		var got Exported
		failed := later(func() (err error) {
			got, err = c.Export(t.Context(), ExportTarget{To: &out, Progress: func(e Exported) { told = append(told, e) }})
			return err
		})
		ask := func(cursor string) uint64 {
			t.Helper()
			q := expect[msgdef.GetExport](p)
			if string(q.Cursor) != cursor {
				t.Errorf("asked after %q, want %q", q.Cursor, cursor)
			}
			return q.Req
		}
		req := ask("")
		p.send(exportPart(req, 1, "a", false), exportPart(req, 1, "b", true))
		req = ask("after 1")
		p.send(exportPart(req, 2, "lost", false))
		for range 3 { // more often than one request is repeated
			p.conn.Close()
			p = g.admit(msgdef.LoginOK{})
			req = ask("after 1")
		}
		p.send(&msgdef.Error{Of: uint16(msgdef.TypeGetExport), Req: req, Code: msgdef.CodeBusy, RetryAfter: 1000})
		before := time.Now()
		req = ask("after 1")
		if waited := time.Since(before); waited < time.Second {
			t.Errorf("asked after %v", waited)
		}
		p.send(exportPart(req, 2, "c", true))
		p.send(exportPart(ask("after 2"), 3, "d", true))
		if err := <-failed; err != nil || out.String() != "1a1b2c3d" || got != (Exported{3, 8}) {
			t.Errorf("%q, %+v, %v", out.String(), got, err)
		}
		if want := []Exported{{1, 4}, {2, 6}, {3, 8}}; fmt.Sprint(told) != fmt.Sprint(want) {
			t.Errorf("told %v, want %v", told, want)
		}
	})
}

// TestExportFails ends with what does not pass, and leaves no file.
func TestExportFails(t *testing.T) {
	plain(t, func(t *testing.T, g *gate) {
		folder := t.TempDir()
		path := filepath.Join(folder, "e.jsonl")
		c, p := g.online(g.options(), msgdef.LoginOK{})
		if _, err := c.Export(t.Context(), ExportTarget{}); !errors.Is(err, ErrArgument) {
			t.Errorf("to nowhere: %v", err)
		}
		file := func() <-chan error {
			return later(func() error { _, err := c.ExportFile(t.Context(), path, nil); return err })
		}
		failed := file()
		q := expect[msgdef.GetExport](p)
		p.send(&msgdef.Error{Of: uint16(msgdef.TypeGetExport), Req: q.Req, Code: msgdef.CodeManyExports, RetryAfter: 7000})
		var refused *Error
		if err := <-failed; !errors.As(err, &refused) || refused.Code != msgdef.CodeManyExports || refused.Retry != 7*time.Second {
			t.Errorf("%v", err)
		}
		if list, _ := os.ReadDir(folder); len(list) != 0 {
			t.Errorf("left: %v", list)
		}
		failed = file()
		q = expect[msgdef.GetExport](p)
		p.send(exportPart(q.Req, 3, "x", true))
		if err := <-failed; err != nil {
			t.Fatal(err)
		}
		if text, _ := os.ReadFile(path); string(text) != "3x" {
			t.Errorf("%q", text)
		}
		if err := <-file(); !errors.Is(err, fs.ErrExist) {
			t.Errorf("over a file: %v", err)
		}
		failed = later(func() error { _, err := c.Export(t.Context(), ExportTarget{To: brokenWriter{}}); return err })
		q = expect[msgdef.GetExport](p)
		p.send(exportPart(q.Req, 1, "x", true))
		if err := <-failed; !errors.Is(err, errBrokenWriter) {
			t.Errorf("%v", err)
		}
	})
}

// TestExportWithoutEnd takes no answer that does not go on, or has no end.
func TestExportWithoutEnd(t *testing.T) {
	for name, parts := range map[string]func(req uint64) []*msgdef.ExportPart{
		"no cursor": func(req uint64) []*msgdef.ExportPart { return []*msgdef.ExportPart{{Req: req, Last: true}} },
		"no end": func(req uint64) (list []*msgdef.ExportPart) {
			for range maxExportPage/11264 + 1 {
				list = append(list, &msgdef.ExportPart{Req: req, Lines: make([]byte, 11264)})
			}
			return list
		},
	} {
		t.Run(name, func(t *testing.T) {
			plain(t, func(t *testing.T, g *gate) {
				c, p := g.online(g.options(), msgdef.LoginOK{})
				failed := later(func() error { _, err := c.Export(t.Context(), ExportTarget{To: brokenWriter{}}); return err })
				for _, part := range parts(expect[msgdef.GetExport](p).Req) {
					p.send(part)
				}
				if err := <-failed; !errors.Is(err, ErrProtocol) {
					t.Errorf("%v", err)
				}
			})
		})
	}
}

var errBrokenWriter = errors.New("the disk is full")

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errBrokenWriter }
