package lock

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

const everything = header + `type 0x0001 A both
	1 X uint8(Kind)
	1 _ []string 3 4
	1 _ []string 3 4 was:Z
	1 _ bool was:W
	2 Y bytes 9
type 0x0002 B down
struct C frozen
	1 Z [16]byte
struct D
	1 P bytes(C) 9
	1 Q []msgdef.Mark 9
struct msgdef.Mark
	1 N uint64
enum Kind uint8
	-1 KindA
	1 KindB
retired 0x0003
retired E
`

func TestParse(t *testing.T) {
	l, err := Parse([]byte(everything))
	if err != nil {
		t.Fatal(err)
	}
	if got := l.Format(); string(got) != everything {
		t.Errorf("got %s", got)
	}
}

func TestSyntaxError(t *testing.T) {
	for _, text := range []string{
		"type 0x0001 A", "type x A up", "type 1 A sideways", "struct", "struct A cold", "enum A", "retired", "more",
		"\t1 A uint8", "struct A\n\tx A uint8", "struct A\n\t1 A", "struct A\n\t1 A uint8 1 2 3", "struct A\n\t1 A uint8 was:B", "struct A\n\t1 _ was:B", "struct A\n\t1 _ bool was:", "enum A uint8\n\t1", "<<<<<<< HEAD",
		"\t1 A uint8", "struct A\n\t0 A uint8", "struct A\n\t1 A uint9", "struct A\n\t1 A [0]byte", "struct A\n\t1 A string(B)",
		"struct A\n\t1 A B", "struct A\nstruct A", "type 1 A up\ntype 1 B up", "struct A\n\t1 A bool\n\t1 A bool",
		"struct A\n\t2 A bool\n\t1 B bool", "enum A uint8\n\t1 B\n\t2 B", "type 1 A up\nretired 0x0001", "enum A uint8\n\tx B", "=======",
	} {
		var syntax *SyntaxError
		if _, err := Parse([]byte(text)); !errors.As(err, &syntax) {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

// TestAllSyntaxErrors checks that every line that is wrong is reported.
func TestAllSyntaxErrors(t *testing.T) {
	_, err := Parse([]byte("struct A\n<<<<<<< main\n\t1 A uint8\n=======\n\t1 B uint16\n>>>>>>> topic\nmore\n"))
	var lines []int
	for _, e := range Errors(err) {
		lines = append(lines, e.Line)
	}
	if !slices.Equal(lines, []int{2, 4, 6, 7}) {
		t.Errorf("lines %v of %v", lines, err)
	}
}

// FuzzParse checks that what is understood is kept, whatever the file holds.
func FuzzParse(f *testing.F) {
	f.Add([]byte(everything))
	f.Add([]byte("struct A\n\t1 _ uint8 -1\nretired \xff"))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := Parse(text)
		if err != nil {
			return
		}
		first := l.Format()
		again, err := Parse(first)
		if err != nil {
			t.Fatalf("%v in\n%s", err, first)
		}
		if second := again.Format(); !bytes.Equal(first, second) {
			t.Fatalf("%s\nbecame\n%s", first, second)
		}
	})
}
