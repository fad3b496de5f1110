// Package bench is what `sim bench` runs: load on a server through its public
// protocol, and the proof that nothing was lost on the way.
//
// A Plan says what to do, Run does it, and a Report says what came of it:
//
//	pairs  clients write to each other two by two       pairs.go member.go
//	mixed  and others come, go and read meanwhile       mixed.go mover.go reader.go
//	login  clients log in and out                       login.go
//	sync   clients catch up after an absence            sync.go sync_absent.go sync_visit.go
//	idle   connections stay, and the server is weighed  idle.go crowd.go
//	group  few write to many who are online             group*.go lean*.go
//	fanout broadcasts to all who are online             fanout.go waves.go
//
// RunFlood attacks a gate from one address while honest clients of others log in,
// and weighs what refusing costs against what being refused does (flood*.go).
// RunLimit runs pairs on a server and on the relays of the folder relay, by
// turns; the folder fill makes a store to start a server with. How it fits:
//
//	            Plan
//	             │ Run                                      run.go plan.go
//	  ┌──────────┴───────────┐
//	  │ crew                 │ sampler, scale               sampler.go scale.go
//	  │  in this process, or │  read each second
//	  │  a pipe to each of   │  what the server uses        metrics.go
//	  │  several             │                              workers.go worker.go
//	  ▼                      │
//	load: a mode's clients   │                              load.go turns.go timetable.go
//	  │ meters, tallies      │                              meter.go tally.go sequence.go
//	  ▼                      │
//	Totals of each process   │                              totals.go
//	  └──────────┬───────────┘
//	             ▼
//	          Report: table, JSON, page                     report.go table.go page.go
//
// Every body carries the sender's own counter and the time the message was
// due, so that the receiver notices what is lost, doubled or out of order. In a
// closed loop latency counts from the send; in an open one from the moment an
// operation should have begun, not from when a late generator got to it, and
// how late that was is a measure of its own.
//
// Load comes from the SDK in gate/client, but for the members of big groups, who
// are so many that they are sessions without it (lean.go); the package sees nothing of the
// server but its address and its metrics, and may import gate/client, its
// transports, msgdef and tools/plot. A run never fails because it was slow, only
// because a check failed, and it waits for nothing for ever: the server is a
// stranger.
package bench
