package typescript

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sim-im/sim/codegen/ir"
)

// TestCheck reports what has no name of its own in TypeScript.
func TestCheck(t *testing.T) {
	const both = " have the same name "
	tests := []struct {
		name   string
		file   string
		source string
		want   []string // without the path and the advice
	}{
		{"fields", "a.go", "//msgdef:struct\ntype A struct {\n\tUserID uint8\n\tUserId uint8\n}", []string{
			"6:2: in TypeScript A.UserID and A.UserId" + both + "userId: the fields",
		}},
		{"an escaped field", "a.go", "//msgdef:struct\ntype A struct {\n\tValueOf uint8\n\tValueOf_ uint8\n}", []string{
			"6:2: in TypeScript A.ValueOf and A.ValueOf_" + both + "valueOf_: the fields",
		}},
		{"an escaped struct", "a.go", "//msgdef:struct\ntype Map struct { A uint8 }\n//msgdef:struct\ntype Map_ struct { A uint8 }", []string{
			"6:6: in TypeScript Map and Map_" + both + "Map_: the exported names",
		}},
		{"functions of enums", "a.go", "//msgdef:struct\ntype A struct { B Kind; C KIND }\ntype Kind uint8\nconst One Kind = 1\ntype KIND uint8\nconst Two KIND = 2", []string{
			"7:6: in TypeScript Kind and KIND" + both + "kindName: the exported functions that name values",
		}},
		{"constants of an enum", "a.go", "//msgdef:struct\ntype A struct { B Kind }\ntype Kind uint8\nconst (\n\tKindOK Kind = 1\n\tKindOk Kind = 2\n)", []string{
			"8:2: in TypeScript KindOK and KindOk" + both + "Ok: the constants",
		}},
		{"a file of the output", "wire.go", "//msgdef:struct\ntype A struct { B uint8 }", []string{
			"4:6: the TypeScript output has a file of its own that is named like wire.go",
		}},
		{"a reserved field", "a.go", "//msgdef:struct\ntype A struct {\n\t_ uint8\n\t_ uint8\n}", nil},
		{"names that are escaped", "a.go", "//msgdef:type 1 up\ntype Error struct { ToString uint8 }", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var problems ir.Problems
			pkg := parsed(t, tt.file, "package sample\n\n"+tt.source+"\n", &problems)
			check(pkg, ir.Emit{Options: map[string]string{"name": "sample"}}, &problems)
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

// TestPackage admits what npm takes for the name of a package.
func TestPackage(t *testing.T) {
	var wrong []string
	for _, name := range []string{"@sim-im/msgdef", "sample", "a.b-c_1", "", "Sample", "@a", "@a/", "a/b", ".a", "@a/_b", "a b"} {
		if !isPackage(name) {
			wrong = append(wrong, name)
		}
	}
	if want := []string{"", "Sample", "@a", "@a/", "a/b", ".a", "@a/_b", "a b"}; !slices.Equal(wrong, want) {
		t.Errorf("refused %q, want %q", wrong, want)
	}
}
