package explain

import (
	"github.com/sim-im/sim/codegen/ir"
	"github.com/sim-im/sim/msgdef/wire"
)

// Encode returns what a codec of the definitions that n was read with encodes it
// to: later generations, and reserved fields, are zero, and nothing trails. n is a
// node that was read without a failure.
func Encode(n *Node) []byte {
	var b []byte
	for _, part := range n.Parts {
		if part.State != Trailing {
			b = append(b, encodeValue(part, part.Field.Reserved)...)
		}
	}
	return b
}

func encodeValue(n *Node, zero bool) []byte {
	if n.State == Absent || zero {
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
			return Encode(n)
		}
		return prefixed(Encode(n))
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
