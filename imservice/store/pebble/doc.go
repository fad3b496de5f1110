// Package pebble is the embedded store: a log-structured merge tree in one
// data folder of one process, on github.com/cockroachdb/pebble.
//
// It owns the layout of keys (keys.go), the life of the engine (open.go,
// store.go) and what happens when the disk fails (condition.go, disk.go): the
// first failed write ends the store. From then on nothing reaches the disk, no
// Wait returns nil, and Health says why; what the disk holds is what a power
// cut at that moment would have left, which opening it again recovers.
//
// It may import imservice/store and msgdef. It must never know sequences,
// membership or limits, and never decide what a message means.
package pebble
