// Package loopback stands between a caller and an implementation of a contract
// in one process, and treats them as if they were in two: every argument and
// result is encoded, and decoded into memory of its own; of an error only code
// and detail get through, and of a context only its end.
//
// It is stricter than a network. The memory of an argument is overwritten when
// the call has returned, so a callee that kept it is found out, by wrong
// results or by the race detector; so is the memory of the callee's result,
// which belongs to the caller. A callee that wrote to its argument gets an error.
//
// Tests use it to run the same suite over both forms of a contract. It may
// import msgdef, msgdef/rpc and the standard library, and opens no sockets.
package loopback
