package lock

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sim-im/sim/codegen/ir"
)

const header = `# The released layout of the messages in this folder, written by codegen.
# Commit it. Only lines that were never released may be edited, by deleting them.
`

// Format returns the text of l.
func (l *Lock) Format() []byte {
	var b strings.Builder
	b.WriteString(header)
	for _, s := range l.Structs {
		s.format(&b)
	}
	for _, e := range l.Enums {
		fmt.Fprintf(&b, "enum %s %s\n", e.Name, e.Kind)
		for _, v := range e.Values {
			fmt.Fprintf(&b, "\t%s %s\n", v.Number, v.Name)
		}
	}
	for _, r := range l.Retired {
		fmt.Fprintf(&b, "retired %s\n", r.Name)
	}
	return []byte(b.String())
}

func (s *Struct) format(b *strings.Builder) {
	if s.Message {
		fmt.Fprintf(b, "type 0x%04x %s %s\n", s.ID, s.Name, s.Direction)
	} else if s.Frozen {
		fmt.Fprintf(b, "struct %s frozen\n", s.Name)
	} else {
		fmt.Fprintf(b, "struct %s\n", s.Name)
	}
	for _, f := range s.Fields {
		fmt.Fprintf(b, "\t%d %s %s", f.Gen, f.Name, f.Kind)
		for _, limit := range []int{f.Max, f.Elem} {
			if limit > 0 {
				fmt.Fprintf(b, " %d", limit)
			}
		}
		b.WriteByte('\n')
	}
}

// SyntaxError is a line of a lock file that Parse does not understand, because
// of a merge for example.
type SyntaxError struct {
	Line int
	Text string
}

// Error implements error.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d: %q is not understood", e.Line, e.Text)
}

// Parse reads what Format wrote. Its error is a *SyntaxError.
func Parse(text []byte) (*Lock, error) {
	l := &Lock{}
	in := ""
	for i, line := range strings.Split(string(text), "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(line, "#") {
			continue
		}
		var ok bool
		if strings.HasPrefix(line, "\t") {
			ok = l.parseMember(in, words)
		} else {
			in = words[0]
			ok = l.parseHead(words, i+1)
		}
		if !ok {
			return nil, &SyntaxError{i + 1, line}
		}
	}
	return l, nil
}

// parseHead reads the first line of an entry.
func (l *Lock) parseHead(words []string, line int) bool {
	switch {
	case words[0] == "type" && len(words) == 4:
		id, err := strconv.ParseUint(words[1], 0, 16)
		dir, ok := direction(words[3])
		l.Structs = append(l.Structs, Struct{Name: words[2], Message: true, ID: uint16(id), Direction: dir, Line: line})
		return err == nil && ok
	case words[0] == "struct" && len(words) == 2:
		l.Structs = append(l.Structs, Struct{Name: words[1], Line: line})
	case words[0] == "struct" && len(words) == 3 && words[2] == "frozen":
		l.Structs = append(l.Structs, Struct{Name: words[1], Frozen: true, Line: line})
	case words[0] == "enum" && len(words) == 3:
		l.Enums = append(l.Enums, Enum{Name: words[1], Kind: words[2], Line: line})
	case words[0] == "retired" && len(words) == 2:
		l.Retired = append(l.Retired, Retired{words[1], line})
	default:
		return false
	}
	return true
}

func direction(word string) (d ir.Direction, ok bool) {
	for d := ir.Up; d <= ir.Both; d++ {
		if d.String() == word {
			return d, true
		}
	}
	return 0, false
}

// parseMember reads a field or a value of the entry that began last.
func (l *Lock) parseMember(in string, words []string) bool {
	switch {
	case in == "enum" && len(words) == 2:
		e := &l.Enums[len(l.Enums)-1]
		e.Values = append(e.Values, Value{words[0], words[1]})
		return true
	case (in == "type" || in == "struct") && len(words) >= 3 && len(words) <= 5:
		s := &l.Structs[len(l.Structs)-1]
		var numbers [3]int // gen, max, elem
		for i, w := range append(words[:1:1], words[3:]...) {
			n, err := strconv.Atoi(w)
			if err != nil {
				return false
			}
			numbers[i] = n
		}
		s.Fields = append(s.Fields, Field{numbers[0], words[1], words[2], numbers[1], numbers[2]})
		return true
	}
	return false
}
