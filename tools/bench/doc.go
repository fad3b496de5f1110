// Package bench is what `sim bench` runs: load on a server through its public
// protocol, and the proof that nothing was lost on the way.
//
// Pairs makes clients write to each other two by two. Every body carries the
// sender's own counter and the time the message was due, so that the receiver
// notices what is lost, doubled or out of order, and latency counts from the
// moment a message should have left, not from when a late generator got to it.
// Idle holds connections open and weighs the server.
//
// Load comes from the SDK in gate/client; the package sees nothing of the
// server but its address and its metrics. A run never fails because it was
// slow, only because a check failed.
package bench
