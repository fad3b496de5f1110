package explain

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/sim-im/sim/codegen/ir"
)

// Value returns the value of a node without parts that was read: a bool, int64,
// uint64, float64, string or []byte. It is nil for others.
func (n *Node) Value() any {
	if n.State != Read || n.Type == nil {
		return nil
	}
	b := n.Bytes[n.Prefix:]
	switch n.Type.Kind {
	case ir.Bool:
		return b[0] == 1
	case ir.Int:
		return signed(b)
	case ir.Uint:
		return unsigned(b)
	case ir.Float:
		if n.Type.Bits == 32 {
			return float64(math.Float32frombits(uint32(unsigned(b))))
		}
		return math.Float64frombits(unsigned(b))
	case ir.String:
		return string(b)
	case ir.Bytes, ir.Array:
		return b
	}
	return nil
}

// unsigned reads a little-endian number of 1 to 8 bytes.
func unsigned(b []byte) uint64 {
	var wide [8]byte
	copy(wide[:], b)
	return binary.LittleEndian.Uint64(wide[:])
}

func signed(b []byte) int64 {
	unused := 64 - 8*len(b)
	return int64(unsigned(b)<<unused) >> unused
}

// enumName is the name of the number in a node, or empty.
func (n *Node) enumName() string {
	if n.Type == nil || n.Type.Enum == nil {
		return ""
	}
	for _, v := range ir.EnumNames(n.Type.Enum) {
		if v.Value == n.number() {
			return v.Name
		}
	}
	return ""
}

// number is the value of an integer in decimal.
func (n *Node) number() string {
	switch v := n.Value().(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case uint64:
		return strconv.FormatUint(v, 10)
	}
	return ""
}

// text is the value of a node as people read it.
func (n *Node) text() string {
	switch {
	case n.Struct != nil:
		return n.Struct.Name
	case n.Type == nil:
		return ""
	case n.Type.Kind == ir.List:
		return plural(len(n.Parts), "element")
	}
	switch v := n.Value().(type) {
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, n.Type.Bits)
	case string:
		return quote(v)
	case []byte:
		if readable(v) {
			return plural(len(v), "byte") + " " + quote(string(v))
		}
		return plural(len(v), "byte")
	}
	text := n.number()
	if n.Type.Enum == nil {
		return text
	}
	if name := n.enumName(); name != "" {
		return text + " " + name
	}
	return text + " (no name)"
}

// maxText is how many characters of a text are shown.
const maxText = 80

func quote(s string) string {
	if runes := []rune(s); len(runes) > maxText {
		return strconv.Quote(string(runes[:maxText])) + "…"
	}
	return strconv.Quote(s)
}

// readable tells whether bytes are text that people wrote.
func readable(b []byte) bool {
	return len(b) > 0 && utf8.Valid(b) && bytes.IndexFunc(b, func(r rune) bool { return !unicode.IsPrint(r) && r != '\n' && r != '\t' }) < 0
}
