// Package tools is the top of the tree: the programs and what only programs
// need. Nothing outside tools imports anything below it.
package tools
