package golang

import (
	"slices"

	"github.com/sim-im/sim/codegen/ir"
)

// check adds to problems the names of pkg that the output needs for itself.
func check(pkg *ir.Package, _ ir.Emit, problems *ir.Problems) {
	for _, f := range pkg.Files {
		for _, s := range f.Structs {
			checkNames(s, problems)
		}
		if len(f.Structs)+len(f.Enums) > 0 && slices.Contains([]string{"types", "dispatch", "samples"}, stem(f)) {
			pos := append(placesOf(f), ir.Pos{File: f.Name})[0]
			problems.Add(pos, "rename the file", "%s_gen.go is the name of another output", stem(f))
		}
	}
}

func checkNames(s *ir.Struct, problems *ir.Problems) {
	own := []string{"Type", "UpHandler", "DownHandler", "UpDecoder", "DownDecoder"}
	if slices.Contains(own, s.Name) {
		problems.Add(s.Pos, "choose another name", "the output declares a %s of its own", s.Name)
	}
	methods := []string{"Append", "Size", "Decode", "DecodeAlias", "Validate", "Clone", "Equal", "Reset", "LogValue"}
	if s.Message {
		methods = append(methods, "Type")
	}
	if s.Frozen {
		methods = append(methods, "Consume")
	}
	for _, f := range s.Fields {
		if slices.Contains(methods, f.Name) {
			problems.Add(f.Pos, "choose another name", "field %s has the name of a method that is generated", f.Name)
		}
	}
}

// placesOf returns where the definitions of a file stand.
func placesOf(f *ir.File) []ir.Pos {
	var list []ir.Pos
	for _, s := range f.Structs {
		list = append(list, s.Pos)
	}
	for _, e := range f.Enums {
		list = append(list, e.Pos)
	}
	return list
}
