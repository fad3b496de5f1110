package explain

import (
	"slices"

	"github.com/sim-im/sim/codegen/ir"
	"github.com/sim-im/sim/msgdef/wire"
)

// Decode takes the encoding of s apart. base is the offset of b in what people
// look at. The node has everything up to a failure, which is nil when all is
// well; the node shares b.
func Decode(s *ir.Struct, b []byte, base int) (*Node, *Failure) {
	r := &reader{input: b, base: base, end: len(b)}
	root := &Node{Name: s.Name, Offset: base, Bytes: b, Struct: s}
	failure := r.fields(root, s)
	if failure == nil && r.at < r.end { // a frozen struct, which never grows
		failure = r.fail(s.Name, wire.ErrMalformed, "a frozen struct ends here, and %d more follow", r.left())
	}
	return root, failure
}

// reader reads input[at:end].
type reader struct {
	input  []byte
	base   int // offset of input[0]
	at     int
	end    int
	secret bool
}

// fields reads the fields of s into the parts of node. Of a struct that may
// grow it takes all that is left.
func (r *reader) fields(node *Node, s *ir.Struct) *Failure {
	gen := 1
	for i, f := range s.Fields {
		if f.Gen > gen && r.left() == 0 {
			for _, later := range s.Fields[i:] {
				node.Parts = append(node.Parts, &Node{Name: later.Name, State: Absent, Offset: r.base + r.at, Field: later, Type: later.Type})
			}
			return nil
		}
		gen = f.Gen
		part := &Node{Name: f.Name, Field: f, Type: f.Type, Secret: f.Secret || r.secret}
		node.Parts = append(node.Parts, part)
		if err := r.value(part, s.Name+"."+f.Name, f.Max, f.Elem); err != nil {
			return err
		}
	}
	if !s.Frozen && r.left() > 0 {
		node.Parts = append(node.Parts, &Node{
			State: Trailing, Offset: r.base + r.at, Bytes: r.input[r.at:r.end], Secret: r.secret || hasSecret(s),
			Note: "of a newer sender: ignored",
		})
		r.at = r.end
	}
	return nil
}

// value reads one value of node.Type. limit and elem are those of the field.
func (r *reader) value(node *Node, path string, limit, elem int) *Failure {
	start := r.at
	node.Offset = r.base + start
	var failure *Failure
	switch size, fixed := node.Type.Fixed(); {
	case fixed:
		failure = r.fixed(node.Type, path, size)
	case node.Type.Kind == ir.List:
		failure = r.list(node, path, limit, elem)
	case node.Type.Kind == ir.Nested:
		failure = r.nested(node, path)
	default:
		failure = r.bytes(node, path, limit)
	}
	node.Bytes = r.input[start:r.at]
	if failure != nil {
		node.State = Failed
	}
	return failure
}

func (r *reader) fixed(t *ir.Type, path string, size int) *Failure {
	if r.left() < size {
		return r.fail(path, wire.ErrShort, "%s needed, %d left", plural(size, "byte"), r.left())
	}
	if t.Kind == ir.Bool && r.input[r.at] > 1 {
		return r.fail(path, wire.ErrMalformed, "a bool is 0 or 1, not %d", r.input[r.at])
	}
	r.at += size
	return nil
}

func (r *reader) list(node *Node, path string, limit, elem int) *Failure {
	count, failure := r.length(node, path, limit, node.Type.Elem.Min(), "elements")
	if failure != nil {
		return failure
	}
	node.Parts = slices.Grow(node.Parts, count)
	for i := range count {
		part := &Node{Name: elementName(node.Name, i), Field: node.Field, Type: node.Type.Elem, Secret: node.Secret}
		node.Parts = append(node.Parts, part)
		if failure := r.value(part, path, elem, 0); failure != nil {
			return failure
		}
	}
	return nil
}

func (r *reader) nested(node *Node, path string) *Failure {
	s := node.Type.Struct
	node.Struct = s
	if s.Frozen {
		outer := r.secret
		r.secret = node.Secret
		failure := r.fields(node, s)
		r.secret = outer
		return failure
	}
	size, failure := r.length(node, path, wire.NoLimit, 1, "bytes")
	if failure != nil {
		return failure
	}
	inner := &reader{input: r.input, base: r.base, at: r.at, end: r.at + size, secret: node.Secret}
	failure = inner.fields(node, s)
	r.at = inner.at
	if failure == nil {
		r.at = inner.end
	}
	return failure
}

func (r *reader) bytes(node *Node, path string, limit int) *Failure {
	size, failure := r.length(node, path, limit, 1, "bytes")
	if failure != nil {
		return failure
	}
	b := r.input[r.at : r.at+size]
	if i := invalidUTF8(b); node.Type.Kind == ir.String && i >= 0 {
		r.at += i
		return r.fail(path, wire.ErrMalformed, "byte 0x%02x is not UTF-8 here", b[i])
	}
	if s := node.Type.Holds; s != nil && !node.Field.Reserved {
		held, failure := Decode(s, b, r.base+r.at)
		if failure == nil {
			node.Struct, node.Parts = s, held.Parts
			hide(node)
		} else {
			node.Note = "no " + s.Name + ": " + failure.Error()
		}
	}
	r.at += size
	return nil
}

// hide marks everything inside of a secret as secret.
func hide(node *Node) {
	for _, part := range node.Parts {
		part.Secret = part.Secret || node.Secret
		hide(part)
	}
}
