package java

import (
	"github.com/sim-im/sim/codegen/backend"
	"github.com/sim-im/sim/codegen/ir"
)

// class writes the class of a struct.
func class(out *source, s *ir.Struct) {
	name := structName(s)
	javadoc(out, s.Doc, classFacts(s)...)
	out.open("public final class %s", name)
	if s.Message {
		out.line("/** The type id of this message: {@link MessageType#%s}. */", constantName(s.Name))
		out.line("public static final int TYPE = 0x%04x;", s.ID)
		out.line("")
	}
	for _, f := range s.Visible() {
		javadoc(out, f.Doc, facts(f)...)
		if z := zero(out, f.Type); z != "" {
			out.line("public %s %s = %s;", javaType(out, f.Type), fieldName(f), z)
		} else {
			out.line("public %s %s;", javaType(out, f.Type), fieldName(f))
		}
		out.line("")
	}
	decode(out, s)
	encode(out, s)
	copyOf(out, s)
	equals(out, s)
	hashCode(out, s)
	toString(out, s)
	out.close()
}

// classFacts says which way a message flows.
func classFacts(s *ir.Struct) []string {
	if !s.Message {
		return nil
	}
	var list []string
	for _, f := range backend.Flows() {
		if f.Carries(s) {
			list = append(list, "Flows "+f.Doc+".")
		}
	}
	if s.Reply != "" {
		list = append(list, "Answered by {@link "+className(s.Reply)+"}.")
	}
	return list
}
