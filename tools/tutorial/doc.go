// Package tutorial is README.md, a tutorial, and a test that follows it to the
// letter: it writes the files that the page shows, runs its commands in order,
// and expects what it says they print. How blocks are marked:
//
//	```go votes/votes.go   a file, below the reader's module
//	```sh                  commands; they keep the folder that they end in
//	```sh terminal=NAME    commands of a terminal of their own, which go on
//	```text                lines that what ran last prints, in any order
//	```text terminal=NAME  lines that a terminal prints
//
// The package holds tests only.
package tutorial
