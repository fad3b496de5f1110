package golang

import (
	. "github.com/dave/jennifer/jen" //nolint:staticcheck // the generator reads like the code it writes

	"github.com/sim-im/sim/codegen/ir"
)

// logValue writes slog.LogValuer, of the value, so that a message is redacted
// however it is logged. Bytes and lists show as their length, secrets
// not at all.
func (g *generator) logValue(out *File, s *ir.Struct) {
	var attrs []Code
	for _, f := range s.Fields {
		if !f.Reserved {
			attrs = append(attrs, Line().Add(logAttr(f)))
		}
	}
	if len(attrs) > 0 {
		attrs = append(attrs, Line())
	}
	comment(out, "LogValue implements slog.LogValuer. It shows no content of bytes and no secrets.")
	out.Add(Func().Params(Id("m").Id(s.Name)).Id("LogValue").Params().Qual("log/slog", "Value").Block(
		Return(Qual("log/slog", "GroupValue").Call(attrs...)),
	))
	out.Line()
}

func logAttr(f *ir.Field) *Statement {
	v, name := Id("m."+f.Name), Lit(f.Name)
	slog := func(kind string, value Code) *Statement { return Qual("log/slog", kind).Call(name, value) }
	if f.Secret {
		return wire("LogHidden", name)
	}
	switch t := f.Type; t.Kind {
	case ir.Bool:
		return slog("Bool", v)
	case ir.Int, ir.Uint:
		return logNumber(t, v, slog)
	case ir.Float:
		if t.Bits == 32 {
			v = Float64().Call(v)
		}
		return slog("Float64", v)
	case ir.String:
		return slog("String", v)
	case ir.Array:
		return wire("LogHex", name, v.Index(Op(":")))
	case ir.Nested:
		return slog("Any", v)
	}
	return wire("LogLen", name, Len(v))
}

func logNumber(t *ir.Type, v *Statement, slog func(string, Code) *Statement) *Statement {
	if e := t.Enum; e != nil && (e.HasString || len(e.Values) > 0 && !e.Unused) {
		return slog("String", v.Dot("String").Call())
	}
	wide, kind := "int64", "Int64"
	if t.Kind == ir.Uint {
		wide, kind = "uint64", "Uint64"
	}
	if t.Bits < 64 || t.Enum != nil {
		v = Id(wide).Call(v)
	}
	return slog(kind, v)
}
