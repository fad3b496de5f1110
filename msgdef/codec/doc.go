// Package codec names the encodings of message bodies that a connection may
// choose at its handshake, and makes them: the one place where a name, the byte
// in Hello and the code that encodes come together.
//
// Within a gate and between services everything is Binary. Who serves a
// connection of another codec transcodes at its edge, after a record is opened
// and before one is sealed; a body of a type that msgdef does not know is never
// looked into and carries the codec as a tag.
//
// To add a codec, add an ID, its name and its case in For.
//
// The package imports msgdef, msgdef/frame and the standard library, and keeps
// no state.
package codec
