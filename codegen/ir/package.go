package ir

import (
	"cmp"
	"slices"
)

// Package is a folder of definitions.
type Package struct {
	Path    string // what Package of its structs says; the last element is enough, it is only compared
	Name    string
	Files   []*File // in the order of their names
	Retired []Retired
	Emits   []Emit // what was asked for besides the Go codec, in the order of the source

	// Imports are the other packages of definitions whose structs are nested here.
	Imports []*Package

	// SharesTypes says that the package declares Type itself, as an alias of
	// the type of another package of definitions.
	SharesTypes bool
}

// Emit asks for an output besides the Go codec: "//msgdef:emit java dir=java
// package=im.sim.msgdef".
type Emit struct {
	Backend string            // "java"
	Options map[string]string // "dir": "java", "package": "im.sim.msgdef"
	Pos     Pos
}

// File is a source file with definitions: a topic.
type File struct {
	Name    string // "message.go"
	Structs []*Struct
	Enums   []*Enum
}

// Retired is the name or type id of a definition that was deleted on purpose.
type Retired struct {
	Name string // "0x0103", or the name of a struct without id
	Pos  Pos
}

// Structs returns the structs of all files in order.
func (p *Package) Structs() []*Struct {
	var all []*Struct
	for _, f := range p.Files {
		all = append(all, f.Structs...)
	}
	return all
}

// Messages returns those of structs that have a type id.
func Messages(structs []*Struct) []*Struct {
	var list []*Struct
	for _, s := range structs {
		if s.Message {
			list = append(list, s)
		}
	}
	return list
}

// Messages returns the messages of all files in the order of their type ids.
func (p *Package) Messages() []*Struct {
	list := Messages(p.Structs())
	slices.SortFunc(list, func(a, b *Struct) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// Enums returns the enums of all files in order.
func (p *Package) Enums() []*Enum {
	var all []*Enum
	for _, f := range p.Files {
		all = append(all, f.Enums...)
	}
	return all
}

// Direction tells which way a message flows.
type Direction uint8

// Directions form a set of two bits.
const (
	Up   Direction = 1 // client to server
	Down Direction = 2 // server to client
	Both           = Up | Down
)

// String returns the word of the directive.
func (d Direction) String() string {
	return [...]string{"none", "up", "down", "both"}[d&Both]
}

// Struct is a message or a part of messages.
type Struct struct {
	Package   string // import path of another package, or Path of this one
	Name      string
	Doc       string // without directives; paragraphs are separated by empty lines
	Pos       Pos
	Message   bool // has a type id
	ID        uint16
	Direction Direction // of a message
	Reply     string    // name of the answering message, or empty
	Frozen    bool
	Fields    []*Field
}

// Visible returns the fields that are not reserved.
func (s *Struct) Visible() []*Field {
	return slices.DeleteFunc(slices.Clone(s.Fields), func(f *Field) bool { return f.Reserved })
}

// Field is a field of a struct, in wire order.
type Field struct {
	Name     string
	Doc      string // the comment above it, or else the one behind it
	Pos      Pos
	Type     *Type
	Max      int // greatest length in bytes, or count of a list; 0 when absent
	Elem     int // greatest length of each string or bytes of a list; 0 when absent
	Gen      int // generation, from 1
	Secret   bool
	Reserved bool   // written as zero, skipped on reading
	Tag      string // as in the source, for the guard
}

// Enum is a named integer. Values that it does not list are valid too.
type Enum struct {
	Package   string // as of Struct
	Name      string
	Doc       string
	Pos       Pos
	Values    []EnumValue // in the order of the source
	HasString bool        // the source has a String method of its own
	Unused    bool        // it is of another package, no definition of which uses it: no String is generated there
	Kind      string      // "uint8"
	Signed    bool
}

// EnumValue is a constant of an enum.
type EnumValue struct {
	Name  string
	Doc   string // as of Field
	Value string // decimal
	Pos   Pos
}
