package golang

import (
	"fmt"
	"strings"

	. "github.com/dave/jennifer/jen" //nolint:staticcheck // the generator reads like the code it writes

	"github.com/sim-im/sim/codegen/ir"
)

// comment adds a line of comment above what follows.
func comment(out *File, format string, args ...any) { out.Comment(fmt.Sprintf(format, args...)) }

// method begins a method with receiver m, or e for an enum.
func method(receiver, name string) *Statement {
	letter := "m"
	if !strings.HasPrefix(receiver, "*") {
		letter = "e"
	}
	return Func().Params(Id(letter).Id(receiver)).Id(name)
}

// goType writes the Go type of t.
func goType(t *ir.Type) *Statement {
	switch t.Kind {
	case ir.Bool:
		return Bool()
	case ir.Int, ir.Uint:
		if t.Enum != nil {
			return Qual(t.Enum.Package, t.Enum.Name)
		}
		return Id(t.String())
	case ir.Float:
		return Id(t.String())
	case ir.String:
		return String()
	case ir.Bytes:
		return Index().Byte()
	case ir.Array:
		return Index(Lit(t.Len)).Byte()
	case ir.List:
		return Index().Add(goType(t.Elem))
	}
	return Qual(t.Struct.Package, t.Struct.Name)
}

// zero writes the zero value of t.
func zero(t *ir.Type) *Statement {
	switch t.Kind {
	case ir.Bool:
		return False()
	case ir.Int, ir.Uint, ir.Float:
		return Lit(0)
	case ir.String:
		return Lit("")
	case ir.Array, ir.Nested:
		return goType(t).Values()
	}
	return Nil()
}

// lines adds code line by line to a block.
type lines []Code

func (l *lines) add(code ...Code) { *l = append(*l, code...) }

// set adds left = right.
func (l *lines) set(left string, right Code) { l.add(Id(left).Op("=").Add(right)) }

func wire(name string, args ...Code) *Statement { return Qual(wirePath, name).Call(args...) }

func binary(name string, args ...Code) *Statement {
	return Qual("encoding/binary", "LittleEndian").Dot(name).Call(args...)
}
