// Package storetest is the suite that every engine of package store passes:
// what the interface says, at its edges, under concurrency, over reopening,
// over power cuts and over disks that fail. An engine's test calls Run.
//
// It may import imservice/store and msgdef, and testing. It must never know an
// engine, and never sleep to see whether something happens.
package storetest
