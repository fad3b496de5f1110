// Package memory is a registry inside a process: for a system that has only one,
// and for tests, where several registries stand for as many processes.
//
// There is nothing to renew: the lease of an announced instance lasts while its
// registry is open, and ends a lease's time after it was closed without
// withdrawing. Views change in the call that changes them.
//
// It may import route/registry, msgdef, msgdef/rpc and the standard library. It
// must never start a goroutine, so that it is at home in testing/synctest.
package memory
