package imservice

import (
	"github.com/sim-im/sim/imservice/export"
	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef/rpc"
)

// exportStage is what of an export is written next. The order is that of package
// export: what waits to be sent comes before conversations, so that a message which is
// sent meanwhile is in one of them, or in both.
type exportStage uint8

const (
	exportHead exportStage = iota
	exportRelations
	exportDevices
	exportSignIns
	exportLaters
	exportTalks
	exportFoot
	exportStages
)

// exporter makes one page.
type exporter struct {
	*Server
	account  store.Account
	standing store.Standing
	place    rpc.ExportPlace
	lines    *export.Writer
	rows     int // looked at
}

// newExporter begins an export, or goes on where a cursor says.
func (s *Server) newExporter(a store.Account, d store.Standing, cursor []byte) (*exporter, error) {
	now := s.options.Now().UnixMilli()
	e := &exporter{Server: s, account: a, standing: d}
	if len(cursor) == 0 {
		e.lines = export.NewWriter()
		e.place = rpc.ExportPlace{UID: a.UID, StoreEpoch: s.options.Store.Epoch(), Began: now}
		return e, nil
	}
	p := &e.place
	if p.Decode(cursor) != nil || p.UID != a.UID || p.StoreEpoch != s.options.Store.Epoch() ||
		p.Stage >= uint8(exportStages) || p.Began > now+exportLife.Milliseconds() {
		return nil, errBadCursor
	}
	if now-p.Began > exportLife.Milliseconds() {
		return nil, errExportOver
	}
	var err error
	if e.lines, err = export.Resume(p.Counts, p.Sum); err != nil {
		return nil, errBadCursor
	}
	return e, nil
}

// cursor is where the next page goes on.
func (e *exporter) cursor() (_ []byte, err error) {
	e.place.Page++
	e.place.Counts, e.place.Sum, err = e.lines.State()
	return e.place.Append(nil), err
}

// full tells whether the page has as much as it may.
func (e *exporter) full() bool { return e.rows >= exportRows || e.lines.Len() >= exportBytes }
