package msgdef

// GetExport asks for a page of the account export of the user: lines of JSON, as
// PROTOCOL.md tells. The first page begins an export; each tells the cursor of the
// next one, and may be asked for again.
//
//msgdef:type 0x035A up reply=ExportPart
type GetExport struct {
	Req    uint64
	Cursor []byte `max:"512"` // Cursor of the page before; empty begins an export
}

// ExportPart answers GetExport, in one frame or several with the same Req. Their
// Lines, one after another, are whole lines.
//
//msgdef:type 0x035B down
type ExportPart struct {
	Req    uint64
	Last   bool   // the last frame of this answer
	Done   bool   // this page is the last one of the export
	Count  uint64 // lines of the export up to the end of this page
	Cursor []byte `max:"512"` // of the next page, in the last frame; empty when Done
	Lines  []byte `max:"11264"`
}
