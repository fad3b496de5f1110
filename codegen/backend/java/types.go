package java

import (
	"strconv"

	"github.com/sim-im/sim/codegen/ir"
)

// primitive returns the Java type of a number or bool, or "".
func primitive(t *ir.Type) string {
	switch {
	case t.Kind == ir.Bool:
		return "boolean"
	case t.Kind == ir.Float && t.Bits == 32:
		return "float"
	case t.Kind == ir.Float:
		return "double"
	case t.Kind == ir.Int || t.Kind == ir.Uint:
		return integer(t.Bits, t.Kind == ir.Int)
	}
	return ""
}

// integer is the type that has room for all values, also without a sign; those
// of 64 bits share the bits.
func integer(bits int, signed bool) string {
	if bits < 32 || bits == 32 && signed {
		return "int"
	}
	return "long"
}

// javaType writes the type of t.
func javaType(out *source, t *ir.Type) string {
	switch t.Kind {
	case ir.String:
		return "String"
	case ir.Bytes, ir.Array:
		return "byte[]"
	case ir.Nested:
		return structName(t.Struct)
	case ir.List:
		if p := primitive(t.Elem); p != "" {
			return p + "[]"
		}
		return out.use("java.util.List") + "<" + javaType(out, t.Elem) + ">"
	}
	return primitive(t)
}

// zero writes the value of a new object's field; "" is what Java gives by
// itself.
func zero(out *source, t *ir.Type) string {
	switch t.Kind {
	case ir.String:
		return `""`
	case ir.Bytes:
		return "new byte[0]"
	case ir.Array:
		return "new byte[" + strconv.Itoa(t.Len) + "]"
	case ir.Nested:
		return "new " + structName(t.Struct) + "()"
	case ir.List:
		if p := primitive(t.Elem); p != "" {
			return "new " + p + "[0]"
		}
		return "new " + out.use("java.util.ArrayList") + "<>()"
	}
	return ""
}

// wireName is the method of WireReader and WireWriter for a number.
func wireName(t *ir.Type) string {
	letter := "i"
	switch {
	case t.Kind == ir.Float:
		letter = "f"
	case t.Kind == ir.Uint && t.Bits < 64:
		letter = "u"
	}
	return letter + strconv.Itoa(t.Bits)
}
