// Package wiretest holds the bodies of the tests that codegen emits, so that the
// emitted files stay short. It imports the standard library and testing only.
package wiretest
