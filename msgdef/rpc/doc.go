// Package rpc holds the contracts between gate, route and message service: Go
// interfaces whose methods take and return batches. In one process a caller
// holds the implementation itself; between processes an adapter stands in, and
// neither side can tell.
//
// Every implementation and every adapter keeps these rules, and the suite in
// contracttest checks them:
//
//   - Arguments are read-only and valid until the call returns; who needs them
//     longer copies. The same holds for what is handed to a SendSink.
//   - Results belong to the caller.
//   - An error of a call means that nothing of the batch was done, or that it
//     is not known; it is an *Error with a stable code. An item that failed by
//     itself carries a code of its own in the result.
//   - Results stand in the order of the items, one each.
//   - The context's deadline and cancellation apply.
//
// The structs are encoded like every message of msgdef, so one schema serves
// clients and services. The package imports the standard library and msgdef.
package rpc

//go:generate go run github.com/sim-im/sim/codegen .
