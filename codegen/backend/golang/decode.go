package golang

import (
	. "github.com/dave/jennifer/jen" //nolint:staticcheck // the generator reads like the code it writes

	"github.com/sim-im/sim/codegen/ir"
)

// decode writes Decode and DecodeAlias; for a frozen struct also Consume, which
// DecodeAlias calls.
func (g *generator) decode(out *File, s *ir.Struct) {
	d := &decoder{s: s}
	d.fields()
	copies := owning(s)
	if _, fixed := s.Stride(); fixed && !s.Frozen {
		copies = d.body() // a call would cost as much as the work
	}
	comment(out, "Decode reads b and copies what it keeps. After an error m is undefined.")
	out.Add(decoderMethod(s, "Decode").Error().Block(copies...))
	out.Line()
	comment(out, "DecodeAlias is Decode without copies: strings and bytes of m point into b. Lists")
	comment(out, "reuse the memory of m in both.")
	if !s.Frozen {
		out.Add(decoderMethod(s, "DecodeAlias").Error().Block(d.body()...))
		out.Line()
		return
	}
	out.Add(decoderMethod(s, "DecodeAlias").Error().Block(
		List(Id("rest"), Err()).Op(":=").Id("m").Dot("Consume").Call(Id("b")),
		If(Err().Op("==").Nil().Op("&&").Len(Id("rest")).Op(">").Lit(0)).Block(Return(wire("Malformed", Lit(s.Name)))),
		Return(Err()),
	))
	out.Line()
	comment(out, "Consume is DecodeAlias of the start of b; it returns what follows.")
	out.Add(decoderMethod(s, "Consume").Params(Id("rest").Index().Byte(), Err().Error()).Block(d.body()...))
	out.Line()
}

func decoderMethod(s *ir.Struct, name string) *Statement {
	return method("*"+s.Name, name).Params(Id("b").Index().Byte())
}

// decoder builds the body of a decoder. b always holds what is not read yet,
// except for the fixed run at its start that was read last (skip).
type decoder struct {
	lines
	s       *ir.Struct
	lengths bool // the body needs n and k
	runs    int  // fixed runs so far, to name them
	skip    int  // bytes at the start of b that are read
}

// body returns the finished lines.
func (d *decoder) body() []Code {
	var all lines
	if d.lengths {
		all.add(Var().List(Id("n"), Id("k")).Int())
	}
	all = append(all, d.lines...)
	if d.s.Frozen {
		all.add(Return(from(d.skip), Nil()))
		return all
	}
	all.add(Return(Nil()))
	return all
}

// fields reads the fields: runs of fixed ones at once, others one by one, and a
// check at each generation boundary.
func (d *decoder) fields() {
	fields := d.s.Fields
	gen := 1
	for i := 0; i < len(fields); {
		if fields[i].Gen > gen {
			d.boundary(fields[i:])
			gen = fields[i].Gen
		}
		run := fixedRun(fields[i:])
		if len(run) > 0 {
			d.run(run)
			i += len(run)
			continue
		}
		d.flush()
		d.variable(fields[i], i == len(fields)-1)
		i++
	}
}

// fixedRun returns the fixed fields of one generation that start fields.
func fixedRun(fields []*ir.Field) []*ir.Field {
	n := 0
	for ; n < len(fields) && fields[n].Gen == fields[0].Gen; n++ {
		if _, ok := fields[n].Type.Stride(); !ok {
			break
		}
	}
	return fields[:n]
}

// boundary stops when an older sender stopped here, and clears the rest.
func (d *decoder) boundary(later []*ir.Field) {
	d.flush()
	var clear lines
	for _, f := range later {
		if !f.Reserved {
			clear.set("m."+f.Name, zero(f.Type))
		}
	}
	clear.add(Return(Nil()))
	d.add(Commentf("generation %d", later[0].Gen))
	d.add(If(Len(Id("b")).Op("==").Lit(0)).Block(clear...))
}

// flush moves b past a run that was read.
func (d *decoder) flush() {
	if d.skip > 0 {
		d.set("b", from(d.skip))
	}
	d.skip = 0
}

// check refuses the input with err when cond holds.
func (d *decoder) check(cond, err Code) {
	d.add(If(cond).Block(d.fail(err)))
}

// fail returns err from the decoder.
func (d *decoder) fail(err Code) Code {
	if d.s.Frozen {
		return Return(Nil(), err)
	}
	return Return(err)
}

// from is b, or b[n:].
func from(n int) *Statement {
	if n == 0 {
		return Id("b")
	}
	return Id("b").Index(Lit(n).Op(":"))
}
