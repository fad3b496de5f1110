package schematest

import (
	"fmt"

	"github.com/sim-im/sim/codegen/explain"
	"github.com/sim-im/sim/codegen/ir"
	"github.com/sim-im/sim/msgdef/wire"
)

// encode writes what a node was read from as a codec of its definitions would.
func encode(n *explain.Node) []byte {
	var b []byte
	for _, part := range n.Parts {
		if part.State != explain.Trailing {
			b = append(b, encodeValue(part, part.Field.Reserved)...)
		}
	}
	return b
}

func encodeValue(n *explain.Node, zero bool) []byte {
	if n.State == explain.Absent || zero {
		return zeroOf(n.Type)
	}
	switch n.Type.Kind {
	case ir.List:
		b := wire.AppendLen(nil, len(n.Parts))
		for _, part := range n.Parts {
			b = append(b, encodeValue(part, false)...)
		}
		return b
	case ir.Nested:
		if n.Struct.Frozen {
			return encode(n)
		}
		return prefixed(encode(n))
	}
	return n.Bytes
}

func prefixed(b []byte) []byte { return append(wire.AppendLen(nil, len(b)), b...) }

func zeroOf(t *ir.Type) []byte {
	if size, ok := t.Fixed(); ok {
		return make([]byte, size)
	}
	if t.Kind != ir.Nested {
		return []byte{0}
	}
	var b []byte
	for _, f := range t.Struct.Fields {
		b = append(b, zeroOf(f.Type)...)
	}
	if t.Struct.Frozen {
		return b
	}
	return prefixed(b)
}

// understood returns how two versions of a struct differ in what they see in the
// same bytes, as far as both know the fields; empty when they do not.
func understood(older, newer *explain.Node) string {
	for i, was := range older.Parts {
		switch {
		case was.State == explain.Trailing:
			return ""
		case i >= len(newer.Parts) || newer.Parts[i].State == explain.Trailing:
			return was.Name + " is gone"
		}
		if why := sameValue(was, newer.Parts[i]); why != "" {
			return was.Name + ": " + why
		}
	}
	return ""
}

func sameValue(was, is *explain.Node) string {
	switch {
	case was.Field.Reserved && !is.Field.Reserved:
		return "was reserved"
	case !sameType(was.Type, is.Type):
		return fmt.Sprintf("was %s and is %s", was.Type, is.Type)
	case was.Offset != is.Offset || string(was.Bytes) != string(is.Bytes):
		return fmt.Sprintf("was %x at %d and is %x at %d", was.Bytes, was.Offset, is.Bytes, is.Offset)
	case was.Type.Kind == ir.List:
		for i := range was.Parts {
			if why := sameValue(was.Parts[i], is.Parts[i]); why != "" {
				return why
			}
		}
	case was.Type.Kind == ir.Nested:
		return understood(was, is)
	}
	return ""
}

func sameType(a, b *ir.Type) bool {
	if a.Kind != b.Kind || a.Bits != b.Bits || a.Len != b.Len {
		return false
	}
	return a.Kind != ir.List || sameType(a.Elem, b.Elem)
}
