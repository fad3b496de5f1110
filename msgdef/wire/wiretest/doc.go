// Package wiretest tests generated codecs. The tests that codegen emits are one
// line each and call Fuzz and Truncated; the others are for hand-written tests
// over all messages of a package.
//
// It imports the standard library and msgdef/wire, and only tests import it.
package wiretest
