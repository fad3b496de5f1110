package java

import (
	"strings"

	"github.com/sim-im/sim/codegen/ir"
)

// copyOf writes a copy that shares nothing that can change.
func copyOf(out *source, s *ir.Struct) {
	javadoc(out, "Returns a copy that shares nothing with this object.")
	out.open("public %s copy()", structName(s))
	out.line("%s copy = new %s();", structName(s), structName(s))
	for _, f := range s.Visible() {
		copyField(out, f)
	}
	out.line("return copy;")
	out.close()
	out.line("")
}

func copyField(out *source, f *ir.Field) {
	name := fieldName(f)
	from, to := "this."+name, "copy."+name
	switch t := f.Type; {
	case t.Kind == ir.Bytes, t.Kind == ir.Array, t.Kind == ir.List && primitive(t.Elem) != "":
		out.line("%s = %s.clone();", to, from)
	case t.Kind == ir.Nested:
		out.line("%s = %s.copy();", to, from)
	case t.Kind == ir.List && t.Elem.Kind == ir.Nested:
		out.block("for ("+structName(t.Elem.Struct)+" element : "+from+")", func() {
			out.line("%s.add(element.copy());", to)
		})
	case t.Kind == ir.List && t.Elem.Kind == ir.String:
		out.line("%s.addAll(%s);", to, from)
	case t.Kind == ir.List:
		out.line("%s = WireValues.copy(%s);", to, from)
	default:
		out.line("%s = %s;", to, from)
	}
}

// equals writes equality of all fields; NaN equals itself, as in a set it must.
func equals(out *source, s *ir.Struct) {
	name, fields := structName(s), s.Visible()
	out.line("@Override")
	out.open("public boolean equals(Object other)")
	if len(fields) == 0 {
		out.line("return other instanceof %s;", name)
		out.close()
		out.line("")
		return
	}
	out.block("if (!(other instanceof "+name+"))", func() { out.line("return false;") })
	out.line("%s that = (%s) other;", name, name)
	var terms []string
	for _, f := range fields {
		terms = append(terms, equal(out, f.Type, "this."+fieldName(f), "that."+fieldName(f)))
	}
	out.line("return %s;", strings.Join(terms, "\n"+strings.Repeat("    ", out.depth+1)+"&& "))
	out.close()
	out.line("")
}

func equal(out *source, t *ir.Type, a, b string) string {
	switch {
	case t.Kind == ir.Float && t.Bits == 32:
		return "Float.compare(" + a + ", " + b + ") == 0"
	case t.Kind == ir.Float:
		return "Double.compare(" + a + ", " + b + ") == 0"
	case primitive(t) != "":
		return a + " == " + b
	case isArray(t):
		return out.use("java.util.Arrays") + ".equals(" + a + ", " + b + ")"
	case isBytesList(t):
		return "WireValues.equal(" + a + ", " + b + ")"
	}
	return out.use("java.util.Objects") + ".equals(" + a + ", " + b + ")"
}

// isArray tells whether t is an array in Java, isBytesList whether it is a list
// of them.
func isArray(t *ir.Type) bool {
	return t.Kind == ir.Bytes || t.Kind == ir.Array || t.Kind == ir.List && primitive(t.Elem) != ""
}

func isBytesList(t *ir.Type) bool { return t.Kind == ir.List && isArray(t.Elem) }

func hashCode(out *source, s *ir.Struct) {
	out.line("@Override")
	out.open("public int hashCode()")
	out.line("int hash = 1;")
	for _, f := range s.Visible() {
		out.line("hash = 31 * hash + %s;", hash(out, f.Type, "this."+fieldName(f)))
	}
	out.line("return hash;")
	out.close()
	out.line("")
}

func hash(out *source, t *ir.Type, v string) string {
	boxes := map[string]string{"boolean": "Boolean", "long": "Long", "float": "Float", "double": "Double"}
	switch p := primitive(t); {
	case p == "int":
		return v
	case p != "":
		return boxes[p] + ".hashCode(" + v + ")"
	case isArray(t):
		return out.use("java.util.Arrays") + ".hashCode(" + v + ")"
	case isBytesList(t):
		return "WireValues.hash(" + v + ")"
	}
	return out.use("java.util.Objects") + ".hashCode(" + v + ")"
}
