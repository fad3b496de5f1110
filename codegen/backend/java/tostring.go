package java

import (
	"github.com/sim-im/sim/codegen/ir"
)

// toString writes a line for logs. Bytes and lists show as their length, secrets
// not at all, arrays of a fixed length in hexadecimal.
func toString(out *source, s *ir.Struct) {
	javadoc(out, "Describes the message for logs. It shows no content of bytes and no secrets.")
	out.line("@Override")
	out.open("public String toString()")
	fields := s.Visible()
	if len(fields) == 0 {
		out.line(`return "%s{}";`, s.Name)
		out.close()
		return
	}
	out.line(`return "%s{"`, s.Name)
	out.depth += 2
	comma := ""
	for _, f := range fields {
		out.line(`+ "%s%s=" + %s`, comma, fieldName(f), shown(f))
		comma = ", "
	}
	out.line(`+ "}";`)
	out.depth -= 2
	out.close()
}

// shown is an expression that is appended to a string; it must not fail for
// null.
func shown(f *ir.Field) string {
	v := "this." + fieldName(f)
	length := func(size, unit string) string {
		return "(" + v + " == null ? null : " + v + size + ` + " ` + unit + `")`
	}
	switch t := f.Type; {
	case f.Secret:
		return `"hidden"`
	case t.Named():
		return enumName(t.Enum) + ".name(" + v + ")"
	case t.Kind == ir.Uint && t.Bits == 64:
		return "Long.toUnsignedString(" + v + ")"
	case t.Kind == ir.Array:
		return "WireValues.hex(" + v + ")"
	case t.Kind == ir.Bytes:
		return length(".length", "bytes")
	case isArray(t):
		return length(".length", "elements")
	case t.Kind == ir.List:
		return length(".size()", "elements")
	}
	return v
}
