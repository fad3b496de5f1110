package java

import (
	"strconv"

	"github.com/sim-im/sim/codegen/ir"
)

// enum writes the constants of an enum and their names.
func enum(out *source, e *ir.Enum) {
	bits := bitsOf(e)
	typ := integer(bits, e.Signed)
	javadoc(out, e.Doc, "Values that are not listed here are valid too.")
	out.open("public final class %s", enumName(e))
	names := ir.EnumNames(e)
	for i, v := range names {
		javadoc(out, e.Values[i].Doc)
		out.line("public static final %s %s = %s;", typ, valueName(v), literal(v.Value, typ))
		out.line("")
	}
	out.block("private "+enumName(e)+"()", func() {})
	out.line("")
	javadoc(out, "Returns the name of a value, or its number when this version has no name for it.")
	out.open("public static String name(%s value)", typ)
	seen := map[string]bool{}
	for _, v := range names {
		if seen[v.Value] {
			continue
		}
		seen[v.Value] = true
		out.block("if (value == "+valueName(v)+")", func() { out.line("return %q;", v.Name) })
	}
	number := "value"
	if bits == 64 && !e.Signed {
		number = "Long.toUnsignedString(value)"
	}
	out.line(`return "%s(" + %s + ")";`, e.Name, number)
	out.close()
	out.close()
}

// bitsOf reads the number in "uint16".
func bitsOf(e *ir.Enum) int {
	digits := e.Kind[len("int"):]
	if !e.Signed {
		digits = e.Kind[len("uint"):]
	}
	bits, _ := strconv.Atoi(digits) // parse admits no other kinds
	return bits
}

// literal writes a decimal number; one that needs 64 bits without a sign has no
// decimal form in Java.
func literal(value, typ string) string {
	if typ == "int" {
		return value
	}
	if _, err := strconv.ParseInt(value, 10, 64); err == nil {
		return value + "L"
	}
	n, _ := strconv.ParseUint(value, 10, 64)
	return "0x" + strconv.FormatUint(n, 16) + "L"
}
