// Package backend is what the generators of all languages have in common: what
// they are asked and what they return. Each language is a folder below it, which
// imports this package and codegen/ir, never another language, and turns an
// ir.Package into files. The ir knows nothing of languages.
//
// It also has what a language need not invent again: Flows (the words of the
// directions), Facts (what documentation adds about a field), Comment, Taken
// (names that clash in the language), Capital and Escaped, and Project (templates
// of what people go on to edit) with Example.
//
// README.md in this folder is the recipe for adding one.
package backend
