package explain

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sim-im/sim/codegen/ir"
)

// Options tell how much is shown.
type Options struct {
	Secrets bool // fields tagged secret
	Full    bool // all bytes and elements, however many
}

const (
	maxHex      = 16 // bytes of a value whose bytes are all shown
	maxElements = 32 // elements of a list that are all shown
)

// Heading is "Ping (0x0003, up), 8 bytes", for size bytes of an encoded s.
func Heading(s *ir.Struct, size int) string {
	name := s.Name
	if s.Message {
		name = fmt.Sprintf("%s (0x%04x, %s)", s.Name, s.ID, s.Direction)
	}
	return name + ", " + plural(size, "byte")
}

// Text writes a table: offset and size in bytes, the bytes, the name, the value.
//
//	 0   8  0700000000000000  Counter  7
//	40   1  01                Kind     1 text
//	41 1+2  02 6869           Body     2 bytes "hi"
func Text(w io.Writer, root *Node, failure *Failure, o Options) {
	t := &table{o: o}
	t.parts(root, 0)
	t.write(w)
	if failure != nil {
		fmt.Fprintf(w, "%v\n", failure)
		if o.Secrets || root.Struct == nil || !hasSecret(root.Struct) {
			pointer(w, root, failure.Offset)
		}
	}
}

// table collects rows.
type table struct {
	o    Options
	rows [][5]string
}

// parts adds the rows of what is inside of a node.
func (t *table) parts(n *Node, depth int) {
	for i, part := range n.Parts {
		switch {
		case part.State == Absent:
			t.absent(n.Parts[i:], depth)
			return
		case i == maxElements && len(n.Parts) > maxElements && !t.o.Full && part.Field != nil && part.Type != part.Field.Type:
			t.rows = append(t.rows, [5]string{3: indent(depth) + "…", 4: strconv.Itoa(len(n.Parts)-i) + " more elements"})
			return
		}
		t.row(part, depth)
		if !t.hidden(part) {
			t.parts(part, depth+1)
		}
	}
}

func (t *table) hidden(n *Node) bool { return n.Secret && !t.o.Secrets }

func indent(depth int) string { return strings.Repeat("  ", depth) }

func (t *table) row(n *Node, depth int) {
	size := strconv.Itoa(len(n.Bytes) - n.Prefix)
	if n.Prefix > 0 {
		size = strconv.Itoa(n.Prefix) + "+" + size
	}
	name := n.Name
	if n.State == Trailing {
		name = "…"
	}
	t.rows = append(t.rows, [5]string{strconv.Itoa(n.Offset), size, t.hex(n), indent(depth) + name, t.value(n)})
}

// hex is the bytes of a node: of one with parts, only its length or count.
func (t *table) hex(n *Node) string {
	if t.hidden(n) {
		return "hidden"
	}
	prefix, b := hex.EncodeToString(n.Bytes[:n.Prefix]), n.Bytes[n.Prefix:]
	if len(n.Parts) > 0 {
		return prefix
	}
	text := hex.EncodeToString(b)
	if len(b) > maxHex && !t.o.Full {
		text = hex.EncodeToString(b[:maxHex-4]) + "…"
	}
	return strings.TrimSpace(prefix + " " + text)
}

func (t *table) value(n *Node) string {
	switch {
	case n.State == Failed && len(n.Parts) == 0:
		return "<- refused"
	case n.State == Failed:
		return "<- refused inside"
	case t.hidden(n):
		return "secret"
	case n.Field != nil && n.Field.Reserved && n.zero():
		return "reserved"
	case n.Field != nil && n.Field.Reserved:
		return "reserved, and not zero: of an older sender"
	}
	return strings.TrimSpace(n.text() + "  " + n.Note)
}

func (n *Node) zero() bool { return len(bytes.Trim(n.Bytes, "\x00")) == 0 }

// absent adds one row for each generation that is not there.
func (t *table) absent(parts []*Node, depth int) {
	for len(parts) > 0 {
		gen := parts[0].Field.Gen
		var names []string
		for len(parts) > 0 && parts[0].Field.Gen == gen {
			names = append(names, parts[0].Name)
			parts = parts[1:]
		}
		t.rows = append(t.rows, [5]string{
			3: indent(depth) + strings.Join(names, ", "), 4: fmt.Sprintf("not there: the sender knows no generation %d", gen),
		})
	}
}

// write aligns the columns, the numbers to the right.
func (t *table) write(w io.Writer) {
	var width [5]int
	for _, row := range t.rows {
		if row[0] == "" && row[4] == "" && row[1] == "" && row[3] == "" {
			continue // a line across the columns
		}
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range t.rows {
		var line strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", max(0, width[i]-utf8.RuneCountInString(cell)))
			if i < 2 {
				line.WriteString("  " + pad + cell)
			} else {
				line.WriteString("  " + cell + pad)
			}
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}

// pointer shows the bytes around an offset, and which one it is.
func pointer(w io.Writer, root *Node, offset int) {
	at := offset - root.Offset
	from, to := max(at-8, 0), min(at+8, len(root.Bytes))
	var line, caret strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&line, "%02x ", root.Bytes[i])
	}
	caret.WriteString(strings.Repeat("   ", at-from) + "^^")
	lead := "    "
	if from > 0 {
		lead = "  … "
	}
	tail := ""
	if to < len(root.Bytes) {
		tail = "…"
	}
	fmt.Fprintf(w, "%s%s\n    %s\n", lead, strings.TrimRight(line.String()+tail, " "), caret.String())
}
