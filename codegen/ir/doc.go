// Package ir is the language-neutral form of a package of message definitions:
// what parse produces, lock compares and every backend reads. It knows the
// layout on the wire (sizes, runs, generations) and the rules a definition must
// keep, and nothing of any target language.
//
// It imports the standard library only.
package ir
