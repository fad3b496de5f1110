package lock

import (
	"fmt"
	"strings"
)

const header = `# The released layout of the messages in this folder, written by codegen.
# Commit it. Only lines that were never released may be edited, by deleting them.
`

// wasWord stands before the last name of a reserved field.
const wasWord = "was:"

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
		if f.Was != "" {
			b.WriteString(" " + wasWord + f.Was)
		}
		b.WriteByte('\n')
	}
}
