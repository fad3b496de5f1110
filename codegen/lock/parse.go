package lock

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/sim-im/sim/codegen/ir"
)

// SyntaxError is a line of a lock file that cannot stay, because of a merge for
// example.
type SyntaxError struct {
	Line int
	Text string // what is wrong
	Fix  string // what to do
}

// Error implements error.
func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s: %s", e.Line, e.Text, e.Fix) }

const (
	restore = "restore the committed file"
	merge   = "take the file of the branch that is released first, then run go generate again"
)

// Parse reads what Format wrote. Its error joins a *SyntaxError for each line
// that is not understood or contradicts another one, in order; see Errors.
func Parse(text []byte) (*Lock, error) {
	p := &parser{Lock: &Lock{}}
	for i, line := range strings.Split(string(text), "\n") {
		p.line = i + 1
		p.parse(strings.TrimSuffix(line, "\r"))
	}
	if len(p.errs) == 0 {
		p.verify()
	}
	return p.Lock, errors.Join(p.errs...)
}

// Errors returns the lines of an error of Parse.
func Errors(err error) []*SyntaxError {
	var list []*SyntaxError
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			var syntax *SyntaxError
			if errors.As(e, &syntax) {
				list = append(list, syntax)
			}
		}
	}
	return list
}

// parser is one run of Parse.
type parser struct {
	*Lock
	line int
	in   string // first word of the entry that began last
	errs []error
}

func (p *parser) fail(line int, fix, format string, args ...any) {
	p.errs = append(p.errs, &SyntaxError{line, fmt.Sprintf(format, args...), fix})
}

// parse reads one line.
func (p *parser) parse(line string) {
	words := strings.Fields(line)
	ok := true
	switch {
	case mergeMarker(line):
		p.fail(p.line, merge, "%q is left from a merge", line)
	case len(words) == 0 || strings.HasPrefix(line, "#"):
	case strings.HasPrefix(line, "\t"):
		ok = p.member(words)
	default:
		p.in = words[0]
		ok = p.head(words)
	}
	if !ok {
		p.fail(p.line, restore, "%q is not understood", line)
	}
}

func mergeMarker(line string) bool {
	for _, marker := range []string{"<<<<<<<", "|||||||", "=======", ">>>>>>>"} {
		if strings.HasPrefix(line, marker) {
			return true
		}
	}
	return false
}

// head reads the first line of an entry.
func (p *parser) head(words []string) bool {
	switch {
	case words[0] == "type" && len(words) == 4:
		id, err := strconv.ParseUint(words[1], 0, 16)
		dir, ok := direction(words[3])
		p.Structs = append(p.Structs, Struct{Name: words[2], Message: true, ID: uint16(id), Direction: dir, Line: p.line})
		return err == nil && ok
	case words[0] == "struct" && len(words) == 2:
		p.Structs = append(p.Structs, Struct{Name: words[1], Line: p.line})
	case words[0] == "struct" && len(words) == 3 && words[2] == "frozen":
		p.Structs = append(p.Structs, Struct{Name: words[1], Frozen: true, Line: p.line})
	case words[0] == "enum" && len(words) == 3:
		p.Enums = append(p.Enums, Enum{Name: words[1], Kind: words[2], Line: p.line})
	case words[0] == "retired" && len(words) == 2:
		p.Retired = append(p.Retired, Retired{words[1], p.line})
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

// member reads a field or a value of the entry that began last.
func (p *parser) member(words []string) bool {
	switch {
	case p.in == "enum" && len(words) == 2 && len(p.Enums) > 0:
		e := &p.Enums[len(p.Enums)-1]
		e.Values = append(e.Values, Value{words[0], words[1]})
		_, ok := number(words[0])
		return ok
	case (p.in == "type" || p.in == "struct") && len(words) >= 3 && len(p.Structs) > 0:
		return p.field(&p.Structs[len(p.Structs)-1], words)
	}
	return false
}

// field reads "2 Name kind max elem", and "was:Name" behind that of a reserved one.
func (p *parser) field(s *Struct, words []string) bool {
	was, known := strings.CutPrefix(words[len(words)-1], wasWord)
	if known {
		words = words[:len(words)-1]
	} else {
		was = ""
	}
	if known && (was == "" || words[1] != "_") || len(words) < 3 || len(words) > 5 {
		return false
	}
	var numbers [3]int // gen, max, elem
	for i, w := range append(words[:1:1], words[3:]...) {
		n, err := strconv.Atoi(w)
		if err != nil || n < 1 {
			return false
		}
		numbers[i] = n
	}
	s.Fields = append(s.Fields, Field{numbers[0], words[1], words[2], numbers[1], numbers[2], was, p.line})
	_, ok := parseKind(words[2])
	return ok
}

// number reads a decimal integer of 64 bits, signed or not.
func number(text string) (string, bool) {
	_, signed := strconv.ParseInt(text, 10, 64)
	_, unsigned := strconv.ParseUint(text, 10, 64)
	return text, signed == nil || unsigned == nil
}
