package ir

import (
	"path"
	"strconv"
)

// Kind is the shape of a value on the wire.
type Kind uint8

// The kinds. Bits, Len, Enum, Struct and Elem of a Type complete them.
const (
	Invalid Kind = iota
	Bool
	Int
	Uint
	Float
	String
	Bytes
	Array // of bytes
	Nested
	List
)

// Type is the type of a field or of an element.
type Type struct {
	Kind   Kind
	Bits   int     // Int, Uint, Float
	Len    int     // Array
	Enum   *Enum   // Int and Uint with a name
	Struct *Struct // Nested
	Elem   *Type   // List
	Holds  *Struct // Bytes that are an encoded struct, for encodings that can show it; may be nil
}

// Fixed returns the size in bytes of a type that has only one, as far as a run
// of fixed fields can hold it.
func (t *Type) Fixed() (size int, ok bool) {
	switch t.Kind {
	case Bool:
		return 1, true
	case Int, Uint, Float:
		return t.Bits / 8, true
	case Array:
		return t.Len, true
	}
	return 0, false
}

// Stride returns the size in bytes of a type that has only one: what Fixed
// knows, and frozen structs of nothing but such fields. So many bytes lie between
// the elements of a list of it.
func (t *Type) Stride() (size int, ok bool) {
	if t.Kind == Nested && t.Struct.Frozen {
		return t.Struct.Stride()
	}
	return t.Fixed()
}

// Stride returns the size of the fields when each has only one.
func (s *Struct) Stride() (size int, ok bool) {
	for _, f := range s.Fields {
		n, ok := f.Type.Stride()
		if !ok {
			return 0, false
		}
		size += n
	}
	return size, true
}

// Min returns the fewest bytes a value takes.
func (t *Type) Min() int {
	if n, ok := t.Fixed(); ok {
		return n
	}
	if t.Kind != Nested {
		return 1
	}
	n := t.Struct.Min()
	if t.Struct.Frozen {
		return n
	}
	return n + SizeLen(n)
}

// Aliases tells whether a decoded value can point into the bytes.
func (t *Type) Aliases() bool {
	switch t.Kind {
	case String, Bytes:
		return true
	case List:
		return t.Elem.Aliases()
	case Nested:
		return t.Struct.Aliases()
	}
	return false
}

// HoldsOthers tells whether bytes anywhere in s hold an encoded struct.
func (s *Struct) HoldsOthers() bool {
	for _, f := range s.Fields {
		t := f.Type
		if t.Kind == List {
			t = t.Elem
		}
		if !f.Reserved && (t.Holds != nil || t.Kind == Nested && t.Struct.HoldsOthers()) {
			return true
		}
	}
	return false
}

// Min returns the fewest bytes the fields take: those of generation 1.
func (s *Struct) Min() int {
	n := 0
	for _, f := range s.Fields {
		if f.Gen <= 1 {
			n += f.Type.Min()
		}
	}
	return n
}

// Aliases tells whether a decoded struct can point into the bytes.
func (s *Struct) Aliases() bool {
	for _, f := range s.Fields {
		if !f.Reserved && f.Type.Aliases() {
			return true
		}
	}
	return false
}

// Generations returns the highest generation, at least 1.
func (s *Struct) Generations() int {
	last := 1
	for _, f := range s.Fields {
		last = max(last, f.Gen)
	}
	return last
}

// SizeLen returns the size of length n on the wire.
func SizeLen(n int) int {
	k := 1
	for ; n >= 0x80; n >>= 7 {
		k++
	}
	return k
}

// String returns the name of t, such as "uint8(ContentKind)" or "[]User".
func (t *Type) String() string { return t.In("") }

// In is String with the names of other packages qualified: "[]msgdef.User".
func (t *Type) In(pkg string) string {
	switch t.Kind {
	case Bool:
		return "bool"
	case Int, Uint:
		name := "uint" + strconv.Itoa(t.Bits)
		if t.Kind == Int {
			name = "int" + strconv.Itoa(t.Bits)
		}
		if t.Enum != nil {
			return name + "(" + qualified(pkg, t.Enum.Package, t.Enum.Name) + ")"
		}
		return name
	case Float:
		return "float" + strconv.Itoa(t.Bits)
	case String:
		return "string"
	case Bytes:
		if t.Holds != nil {
			return "bytes(" + qualified(pkg, t.Holds.Package, t.Holds.Name) + ")"
		}
		return "bytes"
	case Array:
		return "[" + strconv.Itoa(t.Len) + "]byte"
	case Nested:
		return qualified(pkg, t.Struct.Package, t.Struct.Name)
	case List:
		return "[]" + t.Elem.In(pkg)
	}
	return "invalid"
}

// qualified returns name as seen from package pkg; an empty pkg sees all.
func qualified(pkg, owner, name string) string {
	if pkg == "" || pkg == owner {
		return name
	}
	return path.Base(owner) + "." + name
}

// Named tells whether values of t have names. An enum without constants is an
// integer.
func (t *Type) Named() bool { return t.Enum != nil && len(t.Enum.Values) > 0 }
