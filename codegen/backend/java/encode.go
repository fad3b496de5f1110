package java

import (
	"fmt"

	"github.com/sim-im/sim/codegen/ir"
)

// encode writes encode, for everybody, and write, for the structs around s.
func encode(out *source, s *ir.Struct) {
	javadoc(out, "Returns the bytes of this message, or says which field cannot be written: one that is null, outside its\nlimits, or text with half of a surrogate pair.")
	out.open("public byte[] encode() throws WireException")
	out.line("WireWriter w = new WireWriter();")
	out.line("write(w);")
	out.line("return w.toBytes();")
	out.close()
	out.line("")
	out.open("void write(WireWriter w) throws WireException")
	for _, f := range s.Fields {
		if f.Reserved {
			encodeZero(out, f.Type)
		} else {
			encodeField(out, s, f)
		}
	}
	out.close()
	out.line("")
}

func encodeField(out *source, s *ir.Struct, f *ir.Field) {
	v := "this." + fieldName(f)
	if f.Type.Kind != ir.List {
		encodeValue(out, f.Type, v, f.Max, label(s, f), out.scope)
		return
	}
	elem, size := f.Type.Elem, ".size()"
	head := javaType(out, elem) + " element : " + v
	if primitive(elem) != "" {
		size = ".length"
	}
	out.line("w.count(WireWriter.present(%s, %s)%s, %d, %s);", v, label(s, f), size, f.Max, label(s, f))
	out.block("for ("+head+")", func() { encodeValue(out, elem, "element", f.Elem, label(s, f), inPlace) })
}

// encodeValue writes the value v that is no list. Variables are declared within
// scope.
func encodeValue(out *source, t *ir.Type, v string, limit int, label string, scope func(func())) {
	switch t.Kind {
	case ir.Bool:
		out.line("w.bool(%s);", v)
	case ir.Int, ir.Uint, ir.Float:
		if mayExceed(t) {
			v += ", " + label
		}
		out.line("w.%s(%s);", wireName(t), v)
	case ir.Array:
		out.line("w.fixed(%s, %d, %s);", v, t.Len, label)
	case ir.String:
		out.line("w.text(%s, %d, %s);", v, limit, label)
	case ir.Bytes:
		out.line("w.bytes(%s, %d, %s);", v, limit, label)
	case ir.Nested:
		encodeNested(out, t.Struct, fmt.Sprintf("WireWriter.present(%s, %s)", v, label), scope)
	}
}

// mayExceed tells whether Java's type of t has values that t has not.
func mayExceed(t *ir.Type) bool {
	return t.Kind == ir.Uint && t.Bits < 64 || t.Kind == ir.Int && t.Bits < 32
}

func encodeNested(out *source, s *ir.Struct, object string, scope func(func())) {
	if s.Frozen {
		out.line("%s.write(w);", object)
		return
	}
	scope(func() {
		out.line("int start = w.begin();")
		out.line("%s.write(w);", object)
		out.line("w.end(start);")
	})
}

// encodeZero writes the zero value of a reserved field.
func encodeZero(out *source, t *ir.Type) {
	switch n, fixed := t.Fixed(); {
	case fixed:
		out.line("w.zeros(%d);", n)
	case t.Kind == ir.Nested:
		encodeNested(out, t.Struct, "new "+structName(t.Struct)+"()", out.scope)
	default: // no bytes, no elements
		out.line("w.zeros(1);")
	}
}
