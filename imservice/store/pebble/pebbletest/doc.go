// Package pebbletest looks at the rows of a store as they are, for tests. It may import
// the engine and the standard library, and never changes a store.
package pebbletest
