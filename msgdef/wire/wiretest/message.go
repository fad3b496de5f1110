package wiretest

import "reflect"

// Message is what codegen emits for a struct.
type Message interface {
	Append(dst []byte) []byte
	Size() int
	Decode(b []byte) error
	DecodeAlias(b []byte) error
	Validate() error
}

// Pointer is the pointer to T that has the methods.
type Pointer[T any] interface {
	*T
	Message
}

// New returns a new zero value of the type m has.
func New(m Message) Message {
	return reflect.New(reflect.TypeOf(m).Elem()).Interface().(Message)
}
