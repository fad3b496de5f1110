// Package parse reads a package of message definitions into ir. It uses
// go/parser for directives, tags and positions, and go/types for what a field's
// type is.
//
// Only hand-written sources are read: *_gen.go and tests are skipped, so a stale
// or missing output never stands in the way of making it again, and function
// bodies are not checked. Imports of the standard library are taken as empty,
// because no definition may use them; other imports are read from source.
//
// It imports codegen/ir and the standard library.
package parse
