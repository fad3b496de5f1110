//go:build race

package imservice

import "testing"

// long skips tests that do one thing after another, or the same as others on a
// database: the race detector finds nothing there and takes minutes. Their names
// begin with TestLong, by which tools/check runs them without it.
func long(t *testing.T) { t.Skip("long: runs without the race detector") }
