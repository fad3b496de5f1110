// Command codegen turns Go structs into codecs. It reads the message
// definitions of a folder and writes, beside them, their encoders and decoders,
// type ids, handlers and tests; msgdef/doc.go shows how definitions look, and
// msgdef/wire/doc.go what bytes they become.
//
//	go run github.com/sim-im/sim/codegen msgdef          # what go generate does
//	go run github.com/sim-im/sim/codegen -check msgdef   # fails when an output is stale
//
// The layout that was released is kept in msgdef.lock. A change that an older or
// newer peer would not survive is an error, and then nothing is written. All
// errors of a run are printed at once:
//
//	message.go:24:2: Ack was deleted before Kind: put it back; to retire it, name it _
//
// To change a message:
//
//   - New fields go at the end, tagged gen:"2" and so on.
//   - A field that is no longer wanted is renamed to _ and keeps its type.
//   - A limit may rise, never fall; a field, message or value may get another name.
//   - A message is deleted by writing //msgdef:retired 0x0107 in a source file
//     (for a struct without id, its name): its id is never used again.
//   - Anything else is a new message with an id of its own.
//
// Exit codes: 0 all outputs are written or fresh; 1 a definition is wrong, a
// change breaks, or an output is stale; 2 the command line is wrong.
//
// The pipeline is parse → ir → lock → backend. Only backend/golang knows how Go
// is written; another language is another backend over the same ir. Nothing
// imports these packages.
package main
