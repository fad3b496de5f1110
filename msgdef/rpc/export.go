package rpc

import "context"

// Exports gives users what is kept of them.
type Exports interface {
	// Export returns a page of the export of the user with UID. CodeBadCursor and
	// CodeExportOver say that there is no going on from its cursor, CodeManyExports
	// that none may be begun yet, CodeBusy that pages are asked for too fast,
	// CodeForbidden that the account was banned, CodeDeleted that it was deleted.
	Export(ctx context.Context, query *ExportQuery) (*ExportPage, error)
}

// ExportQuery asks for a page of the export of an account, see msgdef.GetExport. UID
// counts when it is not 0, otherwise Account, which only operators may give.
//
//msgdef:struct
type ExportQuery struct {
	UID     uint64
	Account string `max:"64"`
	Cursor  []byte `max:"512"`
}

// ExportPage answers ExportQuery.
//
//msgdef:struct
type ExportPage struct {
	UID    uint64
	Done   bool   // it is the last one
	Count  uint64 // lines of the export up to the end of this page
	Cursor []byte `max:"512"`    // of the next page; empty when Done
	Lines  []byte `max:"262144"` // whole ones, each with its newline
}

// ExportPlace is what the message service keeps in a cursor of an export, which is
// all that is kept of one between two pages. Nobody else reads it. Who makes one up
// gets what they may read, in another order.
//
//msgdef:struct
type ExportPlace struct {
	UID        uint64   // whose export it is
	StoreEpoch uint64   // of the store that it was begun on
	Began      int64    // Unix milliseconds
	Page       uint32   // pages before this one
	Stage      uint8    // what is written next
	Conv       [16]byte // the conversation that is written, or the last one that was
	Head       uint64   // of Conv, when it was begun; 0 when all of it was written
	Next       uint64   // what is the first to be written of a stage, or a conversation
	Conn       uint64   // beside Next, of sessions
	Counts     []uint64 `max:"32"`  // of lines, by type
	Sum        []byte   `max:"128"` // what SHA-256 has come to
}
