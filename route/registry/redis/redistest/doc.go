// Package redistest starts real Redis servers for tests. Each is a process of
// its own on a free port of 127.0.0.1, keeps nothing on disk, and ends with its
// test. Nothing of it is mocked, so that a test sees what Redis does.
//
// It may import the standard library only. It must never be part of a product.
package redistest
