// Package lock keeps the released layout of a package of definitions, and finds
// every change of it that an older or newer peer would not survive.
//
// The file is committed text, sorted, one fact per line:
//
//	type 0x0101 Send up
//		1 Counter uint64
//		1 Body bytes 8192
//	struct Users frozen
//		1 Names []string 100 64
//		2 _ uint32 was:Count
//	enum ContentKind uint8
//		1 ContentText
//	struct msgdef.User
//		1 Name string 64
//	retired 0x0107
//
// A field is its generation, name, kind, max and the max of its elements; a
// reserved field is named _, and behind was: stands the last name it had: where
// JSON has names on the wire, no other field may take it. A struct with a dot is of another package and lies
// inside those of this one. What is in the file counts as released: to take back
// what never was, delete its lines.
//
// Compare judges definitions against the file, Diff one file against another;
// both have the same opinion of what breaks.
//
// It imports codegen/ir and the standard library.
package lock
