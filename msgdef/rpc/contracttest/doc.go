// Package contracttest is the suite of the contracts in msgdef/rpc. Every
// implementation passes it directly, behind msgdef/rpc/loopback, and behind
// every adapter that carries the calls elsewhere; then callers cannot tell
// which of these they hold.
//
// It checks the rules of package rpc: one result per item and in order, codes
// per item, outcomes of sends exactly once, arguments not kept, results the
// caller's own, cancellation, typed errors, and batches of every size. What a
// call means beyond that is its implementation's own tests' concern.
//
// A suite takes its implementation, and the little it needs around it, from a
// factory that makes a fresh one for every check and leaves nothing running
// when the test is over. The package imports msgdef, its siblings and testing.
package contracttest
