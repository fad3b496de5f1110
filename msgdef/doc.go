// Package msgdef is the vocabulary of sim: every message that crosses a wire,
// as a Go struct whose fields stand in wire order. The file list is the
// catalogue: session.go, message.go, event.go, receipt.go, sync.go, people.go,
// friend.go, profile.go, group.go, push.go, media.go,
// later.go, export.go.
//
// To add a message, add a struct with its directive and run
//
//	go generate ./msgdef
//
// The generator writes the codec beside it in *_gen.go and records the released
// layout in msgdef.lock, so that a later change which would break an older
// peer fails at generation time.
//
// Directives above a struct:
//
//	//msgdef:type 0x0101 up reply=SendAck   a frame: type id, direction (up, down, both), expected reply
//	//msgdef:struct                         a part of other messages, or a stored row; no type id
//	//msgdef:frozen                         with struct: never grows, so it is nested without a length
//	//msgdef:retired ID|NAME                anywhere: a type or struct that is gone, and whose id stays taken
//	//msgdef:emit json                      anywhere: the same messages in JSON too, see msgdef/wire/wirejson
//	//msgdef:emit java dir=D package=P      anywhere: in folder D a package P for Java and Kotlin, see codegen/backend/java
//	//msgdef:emit typescript dir=D name=N   anywhere: in folder D a package N for npm, see codegen/backend/typescript
//
// Tags on a field:
//
//	max:"64"       greatest length in bytes, or count of a list; mandatory
//	elem:"12288"   greatest length in bytes of each element of a list of strings or bytes
//	gen:"2"        the generation that added the field; absent means 1
//	secret:"true"  never printed by LogValue
//
// A field that is no longer used is renamed to _ and keeps its place: it is
// written as zero and skipped when read.
//
// Type ids: 0x00xx session, 0x01xx messages and receipts, 0x02xx sync,
// 0x03xx people, 0x8000 and above belong to applications. Type 0 is padding.
//
// The package and its generated code import the standard library, msgdef/wire
// and msgdef/wire/wirejson only. Nothing here opens sockets, reads clocks or keeps state.
package msgdef

//msgdef:emit json
//msgdef:emit java dir=java package=im.sim.msgdef
//msgdef:emit typescript dir=typescript name=@sim-im/msgdef

//go:generate go run github.com/sim-im/sim/codegen .
