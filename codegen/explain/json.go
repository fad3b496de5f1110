package explain

import (
	"encoding/hex"
	"errors"
	"math"
	"strconv"

	"github.com/sim-im/sim/codegen/ir"
	"github.com/sim-im/sim/msgdef/wire"
)

// JSON is a node for programs.
type JSON struct {
	Name     string  `json:"name,omitempty"`
	Offset   int     `json:"offset"`
	Size     int     `json:"size"`             // with the length or count before it
	Prefix   int     `json:"prefix,omitempty"` // size of that length or count
	Kind     string  `json:"kind,omitempty"`
	Hex      string  `json:"hex,omitempty"`   // without the prefix; not of a node with parts
	Value    any     `json:"value,omitempty"` // integers of 64 bits as strings; not of bytes
	Enum     string  `json:"enum,omitempty"`  // name of the value
	Hidden   bool    `json:"hidden,omitempty"`
	Reserved bool    `json:"reserved,omitempty"`
	State    string  `json:"state,omitempty"` // absent, refused or trailing
	Note     string  `json:"note,omitempty"`
	Parts    []*JSON `json:"parts,omitempty"`
	Error    *Error  `json:"error,omitempty"` // of the message
}

// Error is a Failure for programs.
type Error struct {
	Class  string `json:"class"` // short, limit or malformed
	Field  string `json:"field"`
	Offset int    `json:"offset"`
	Why    string `json:"why"`
}

// ToJSON returns a message and what is wrong with it, for encoding/json.
func ToJSON(root *Node, failure *Failure, o Options) *JSON {
	out := root.json(o)
	if failure != nil {
		out.Error = &Error{Class(failure), failure.Field, failure.Offset, failure.Why}
	}
	return out
}

// Class is the word for the class of an error of decoding: short, limit or
// malformed.
func Class(err error) string {
	switch {
	case errors.Is(err, wire.ErrShort):
		return "short"
	case errors.Is(err, wire.ErrLimit):
		return "limit"
	}
	return "malformed"
}

func (n *Node) json(o Options) *JSON {
	out := &JSON{Name: n.Name, Offset: n.Offset, Size: len(n.Bytes), Prefix: n.Prefix, State: [...]string{"", "absent", "refused", "trailing"}[n.State]}
	if n.Type != nil {
		out.Kind, out.Reserved = n.Type.String(), n.Field.Reserved
	}
	if n.Secret && !o.Secrets {
		out.Hidden = true
		return out
	}
	out.Note = n.Note
	if n.Struct == nil && len(n.Parts) == 0 {
		out.Hex, out.Value, out.Enum = hex.EncodeToString(n.Bytes[n.Prefix:]), n.jsonValue(), n.enumName()
	}
	for _, part := range n.Parts {
		out.Parts = append(out.Parts, part.json(o))
	}
	return out
}

// jsonValue is Value with what JSON cannot say as a string.
func (n *Node) jsonValue() any {
	switch v := n.Value().(type) {
	case []byte:
		return nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return strconv.FormatFloat(v, 'g', -1, 64)
		}
		return v
	case int64, uint64:
		if n.Type.Kind != ir.Invalid && n.Type.Bits == 64 {
			return n.number()
		}
		return v
	default:
		return v
	}
}
