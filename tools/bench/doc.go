// Package bench is what `sim bench` runs: load on a server through its public
// protocol, and the proof that nothing was lost on the way.
//
// A Plan says what to do, Run does it, and a Report says what came of it:
//
//	pairs  clients write to each other two by two     pairs.go member.go
//	mixed  and others come, go and read meanwhile     mixed.go mover.go reader.go
//	login  clients log in and out                     login.go
//	sync   clients catch up after an absence          sync.go
//	idle   connections stay, and the server is weighed  idle.go crowd.go
//
// Each is a load (load.go), which runs in this process or in several
// (worker.go), counts on meters (meter.go) and adds up to Totals; sampler.go
// reads meanwhile what server and clients use.
//
// Every body carries the sender's own counter and the time the message was
// due, so that the receiver notices what is lost, doubled or out of order. In a
// closed loop latency counts from the send; in an open one from the moment an
// operation should have begun, not from when a late generator got to it, and
// how late that was is a measure of its own.
//
// Load comes from the SDK in gate/client; the package sees nothing of the
// server but its address and its metrics. A run never fails because it was
// slow, only because a check failed.
package bench
