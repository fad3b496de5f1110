package layout

// Set is the structs of one folder of definitions.
type Set struct {
	Names   []string // in the order of the lock
	Structs map[string]*Struct
}

// Struct is a message or a part of messages.
type Struct struct {
	Name   string
	ID     uint16 // of a message, else 0
	Frozen bool
	Fields []Field // in the order of the wire
}

// Field is a field of a Struct.
type Field struct {
	Name string // "_" of a reserved one
	Gen  int    // generation, from 1
	Type Type
	Max  int // most bytes of a string or bytes, most elements of a list
	Elem int // most bytes of each element of a list of strings or bytes
}

// Kind is the shape of a value.
type Kind string

// The kinds.
const (
	Bool   Kind = "bool"
	Number Kind = "number" // integers and enums
	Float  Kind = "float"
	Array  Kind = "array" // of bytes
	Bytes  Kind = "bytes"
	String Kind = "string"
	Nested Kind = "struct"
	List   Kind = "list"
)

// Type is the type of a field or of an element.
type Type struct {
	Kind   Kind
	Size   int     // in bytes, of Bool, Number, Float and Array
	Struct *Struct // of Nested
	Of     *Type   // of List
}

// Min returns the fewest bytes a value takes.
func (t Type) Min() int {
	switch {
	case t.Size > 0:
		return t.Size
	case t.Kind != Nested:
		return 1
	case t.Struct.Frozen:
		return t.Struct.Min()
	}
	n := t.Struct.Min()
	return len(length(n)) + n
}

// Min returns the fewest bytes the fields take: those of generation 1.
func (s *Struct) Min() int {
	n := 0
	for _, f := range s.Fields {
		if f.Gen == 1 {
			n += f.Type.Min()
		}
	}
	return n
}

// Generations returns the newest generation, at least 1.
func (s *Struct) Generations() int {
	newest := 1
	for _, f := range s.Fields {
		newest = max(newest, f.Gen)
	}
	return newest
}

// length returns n as a canonical uvarint.
func length(n int) []byte {
	var b []byte
	for ; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}
