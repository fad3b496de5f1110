package golang

import (
	. "github.com/dave/jennifer/jen" //nolint:staticcheck // the generator reads like the code it writes

	"github.com/sim-im/sim/codegen/ir"
)

// clone writes the deep copy: first all of m, then again what that shares.
func (g *generator) clone(out *File, s *ir.Struct) {
	body := lines{Id("c").Op(":=").Op("*").Id("m")}
	unshareFields(&body, s, "c", 0)
	body.add(Return(Op("&").Id("c")))
	comment(out, "Clone returns a copy of m that shares no memory with it.")
	out.Add(method("*"+s.Name, "Clone").Params().Op("*").Id(s.Name).Block(body...))
	out.Line()
}

// unshareFields adds the lines that give v, a copied struct s inside depth
// lists, memory of its own.
func unshareFields(body *lines, s *ir.Struct, v string, depth int) {
	for _, f := range s.Fields {
		if !f.Reserved {
			unshare(body, f.Type, v+"."+f.Name, depth)
		}
	}
}

// unshare is unshareFields for one value.
func unshare(body *lines, t *ir.Type, v string, depth int) {
	switch t.Kind {
	case ir.String:
		body.set(v, Qual("strings", "Clone").Call(Id(v)))
	case ir.Bytes:
		body.set(v, wire("CloneList", Id(v)))
	case ir.Nested:
		unshareFields(body, t.Struct, v, depth)
	case ir.List:
		body.set(v, wire("CloneList", Id(v)))
		i := index(depth)
		var loop lines
		unshare(&loop, t.Elem, v+"["+i+"]", depth+1)
		if len(loop) > 0 {
			body.add(For(Id(i).Op(":=").Range().Id(v)).Block(loop...))
		}
	}
}

// index names the variable of a loop inside depth others.
func index(depth int) string { return string("ijklmnopq"[depth]) }
