// Package push brings messages to devices that are not connected.
//
// The message service leaves a row in its outbox for each device with a push
// token that a message is for. A Server has two halves, and any number of
// Servers may work side by side:
//
//	outbox ──Due──▶ publisher ──references──▶ queue
//	                                            │
//	  ┌────────── take: into memory, once per row ◀┘
//	  ▼
//	waiting ──message's time + 3 s──▶ Resolve ──▶ provider ──▶ Confirm
//	  ▲                                 │  ▲           │
//	  │                        obsolete─┼──┼──▶ Confirm│retry
//	  └──────────────── parked ◀─no slot┘  └─not asked─┴──▶ let go, due again
//
// Rows are the truth and the queue is only what wakes a worker up: a row that is
// not confirmed within the hold (60 s) is due again, whatever happened to its
// reference, the worker or the queue. So a reference is finished as soon as the
// row is in memory, and nothing of NSQ's timeouts limits how many rows wait here.
//
// A push happens at least once over crashes, and once without them as long as the
// queue does not give one reference to two Servers. What sees to that: a row in memory is not taken again until its end is confirmed; a
// reference carries the time it was published, and no provider is called for it
// so late that the row could have become due meanwhile (the clocks of Servers
// may differ by about 20 s); every attempt at a push carries the same id.
//
// What is bounded: rows in memory (16,384; above it the queue waits, and the
// outbox is not asked), calls per provider (64), their time (10 s), the age of a
// message that is pushed (24 h). A provider that fails is left alone for a while
// that doubles from 1 s to 30 s, or for as long as it says; one that hangs
// delays no other.
//
// The package imports msgdef, msgdef/rpc, push/queue and push/provider. It must
// never confirm a row whose fate is not decided, and never log a token or a text.
package push
