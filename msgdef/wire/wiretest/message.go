package wiretest

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
