package explain

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sim-im/sim/codegen/ir"
)

// Find returns the struct of p, or of a package it uses, with a name ("Send",
// "msgdef.Entry") or type id ("0x0101", "257"). The error lists what there is.
func Find(p *ir.Package, name string) (*ir.Struct, error) {
	all := append(p.Structs(), p.Foreign()...)
	id, err := strconv.ParseUint(name, 0, 16)
	for _, s := range all {
		if s.In(p.Path) == name || err == nil && s.Message && s.Package == p.Path && uint64(s.ID) == id {
			return s, nil
		}
	}
	var names []string
	for _, s := range all {
		names = append(names, s.In(p.Path))
	}
	hint := ""
	if near := nearest(name, names); near != "" {
		hint = fmt.Sprintf(": did you mean %s?", near)
	}
	return nil, fmt.Errorf("no type %s%s There are:\n%s", name, cmp.Or(hint, "."), list(p, all))
}

// list names structs, messages with their ids first.
func list(p *ir.Package, all []*ir.Struct) string {
	var rows, parts []string
	for _, s := range all {
		if s.Message && s.Package == p.Path {
			rows = append(rows, fmt.Sprintf("  0x%04x %s", s.ID, s.Name))
		} else {
			parts = append(parts, "         "+s.In(p.Path))
		}
	}
	slices.Sort(rows)
	return strings.Join(append(rows, parts...), "\n")
}

// nearest is the name that takes the fewest edits, if they are few.
func nearest(name string, names []string) string {
	best, least := "", len(name)/2+1
	for _, n := range names {
		if d := edits(strings.ToLower(name), strings.ToLower(n)); d < least {
			best, least = n, d
		}
	}
	return best
}

// edits counts the insertions, deletions and replacements that make b of a.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0] // of the row above, one to the left
		row[0] = i + 1
		for j := range len(b) {
			replace := before
			if a[i] != b[j] {
				replace++
			}
			before = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
