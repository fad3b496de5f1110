package wiretest

import "reflect"

// Message is what codegen emits for a struct, Clone and Equal apart: their types
// differ from struct to struct.
type Message interface {
	Append(dst []byte) []byte
	Size() int
	Decode(b []byte) error
	DecodeAlias(b []byte) error
	Validate() error
	Reset()
}

// Pointer is the pointer to T that has the methods.
type Pointer[T any] interface {
	*T
	Message
	Clone() *T
	Equal(other *T) bool
}

// New returns a new zero value of the type m has.
func New(m Message) Message {
	return reflect.New(reflect.TypeOf(m).Elem()).Interface().(Message)
}

// clone calls the Clone of m.
func clone(m Message) Message {
	return reflect.ValueOf(m).MethodByName("Clone").Call(nil)[0].Interface().(Message)
}

// equals calls the Equal of a.
func equals(a, b Message) bool {
	return reflect.ValueOf(a).MethodByName("Equal").Call([]reflect.Value{reflect.ValueOf(b)})[0].Bool()
}
