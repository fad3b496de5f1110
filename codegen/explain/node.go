package explain

import (
	"fmt"

	"github.com/sim-im/sim/codegen/ir"
)

// State tells what became of a field.
type State uint8

// The states.
const (
	Read     State = iota
	Absent         // of a generation that the sender did not know
	Failed         // the bytes were refused here
	Trailing       // bytes after the last generation known, of a newer sender
)

// Node is a piece of the bytes: a message, a field, or an element of a list.
type Node struct {
	Name   string // "Body"; "Names[2]"; of a message its own
	State  State
	Offset int        // of its first byte in the whole input
	Prefix int        // size of the length or count it begins with, or 0
	Bytes  []byte     // all of it, with the prefix; shares the input
	Field  *ir.Field  // nil of a message and of trailing bytes
	Type   *ir.Type   // of the field or element; nil where Field is
	Struct *ir.Struct // whose fields the parts are; nil when there are none
	Parts  []*Node    // fields of a struct or of what bytes hold, or elements
	Secret bool       // tagged so, or inside of what is
	Note   string     // what is odd about it
}

// Failure says where and why bytes were refused.
type Failure struct {
	Field  string // "Send.Body", as in Go
	Offset int    // of the byte that is wrong, or is not there
	Err    error  // wire.ErrShort, wire.ErrLimit or wire.ErrMalformed
	Why    string // "8 bytes needed, 3 left"
}

// Error implements error.
func (f *Failure) Error() string {
	return fmt.Sprintf("%s at offset %d: %v: %s", f.Field, f.Offset, f.Err, f.Why)
}

// Unwrap returns the class.
func (f *Failure) Unwrap() error { return f.Err }
