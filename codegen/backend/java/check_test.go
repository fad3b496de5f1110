package java

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sim-im/sim/codegen/ir"
)

// TestCheck reports what has no name of its own in Java.
func TestCheck(t *testing.T) {
	const both = " have the same name "
	tests := []struct {
		name   string
		source string
		want   []string // without the path and the advice
	}{
		{"fields", "//msgdef:struct\ntype A struct {\n\tUserID uint8\n\tUserId uint8\n}", []string{
			"6:2: in Java A.UserID and A.UserId" + both + "userId: the fields",
		}},
		{"an escaped field", "//msgdef:struct\ntype A struct {\n\tClass uint8\n\tClass_ uint8\n}", []string{
			"6:2: in Java A.Class and A.Class_" + both + "class_: the fields",
		}},
		{"classes on a file system without case", "//msgdef:struct\ntype Ack struct { A uint8 }\n//msgdef:struct\ntype ACK struct { A uint8 }", []string{
			"6:6: in Java Ack and ACK" + both + "ack: the files of their classes",
		}},
		{"an enum and a struct", "//msgdef:struct\ntype Kind struct { A KIND }\ntype KIND uint8\nconst One KIND = 1", []string{
			"5:6: in Java Kind and KIND" + both + "kind: the files of their classes",
		}},
		{"a class of the runtime", "//msgdef:struct\ntype WireReader struct { A uint8 }", []string{
			"4:6: the Java output has a class of its own that is named like WireReader",
		}},
		{"a class for messages", "//msgdef:type 1 up\ntype Dispatch struct { A uint8 }", []string{
			"4:6: the Java output has a class of its own that is named like Dispatch",
		}},
		{"a class for messages, of which there are none", "//msgdef:struct\ntype Dispatch struct { A uint8 }", nil},
		{"constants of types", "//msgdef:type 1 up\ntype Ab_c struct{}\n//msgdef:type 2 up\ntype AbC struct{}", []string{
			"6:6: in Java Ab_c and AbC" + both + "AB_C: the constants of MessageType",
		}},
		{"constants of an enum", "//msgdef:struct\ntype A struct { B Kind }\ntype Kind uint8\nconst (\n\tKindOK Kind = 1\n\tKindOk Kind = 2\n)", []string{
			"8:2: in Java KindOK and KindOk" + both + "OK: the constants",
		}},
		{"a reserved field", "//msgdef:struct\ntype A struct {\n\t_ uint8\n\t_ uint8\n}", nil},
		{"classes of Java", "//msgdef:struct\ntype List struct { String uint8 }\n//msgdef:struct\ntype String struct { Lists []List `max:\"1\"` }", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var problems ir.Problems
			pkg := parsed(t, "package sample\n\n"+tt.source+"\n", &problems)
			check(pkg, ir.Emit{Options: map[string]string{"package": "sample"}}, &problems)
			if diff := cmp.Diff(tt.want, texts(&problems)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func texts(problems *ir.Problems) []string {
	var list []string
	for _, p := range problems.Sorted() {
		_, text, _ := strings.Cut(filepath.Base(p.Pos.String())+": "+p.Text, ":")
		list = append(list, text)
	}
	return list
}

// TestPackage admits what Java and Maven take for a package.
func TestPackage(t *testing.T) {
	var wrong []string
	for _, name := range []string{"im.sim.msgdef", "sample", "a1.b_c", "", "Im.sim", "im..sim", "im.sim.", "im.new", "1a", "a/b", "a-b"} {
		if !isPackage(name) {
			wrong = append(wrong, name)
		}
	}
	if want := []string{"", "Im.sim", "im..sim", "im.sim.", "im.new", "1a", "a/b", "a-b"}; !slices.Equal(wrong, want) {
		t.Errorf("refused %q, want %q", wrong, want)
	}
}
