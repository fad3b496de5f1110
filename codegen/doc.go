// Command codegen turns Go structs into codecs, and explains them. It reads the
// message definitions of a folder and writes, beside them, their encoders and
// decoders, type ids, handlers and tests; README.md is the guide, msgdef/doc.go
// shows how definitions look, and msgdef/wire/doc.go what bytes they become.
//
//	codegen msgdef                          what go generate does
//	codegen -check msgdef                   fails when an output is stale
//	codegen diff old.lock msgdef/msgdef.lock  what changed, for a changelog
//	codegen describe Send                   draws the bytes of a message
//	codegen decode Ping 0700000000000000    explains captured bytes
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
//   - A limit may rise, never fall; a direction may widen to both.
//   - A message or value may get another name, and a field unless the package
//     emits json, which has it on the wire.
//   - A message is deleted by writing //msgdef:retired 0x0107 in a source file
//     (for a struct or enum, its name): its id is never used again.
//   - Anything else is a new message with an id of its own.
//
// Exit codes: 0 all outputs are written or fresh, nothing breaks, the bytes
// decode; 1 a definition is wrong, a change breaks, an output is stale, bytes are
// refused; 2 the command line is wrong, or diff cannot read a file.
//
// The pipeline is parse → ir → lock → backend; explain draws and decodes from the
// ir. A backend knows one language, or one more encoding; the ir and the lock
// know none. Nothing imports these packages.
package main
