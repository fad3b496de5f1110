// Package imservice is the message service: it gives messages their sequences,
// makes them durable, tells their readers, and knows who may log in. It keeps
// what is to be pushed to devices that are not connected (outbox.go), and says
// which route of a region is its master (leases.go). It is the
// only package that opens a store, and the only one that decides what a
// conversation or an inbox contains.
//
// The path of a message, one file per stage:
//
//	Send ──▶ intake ──swap──▶ sequencer ──≤2 commits──▶ syncer ──▶ sink.Sent
//	         copy once        dedupe, sequences,        wait, advance    Notifier.Notify
//	                          encode once, Apply        durable heads
//
// What arrives while a commit is under way is the next commit; there are no
// timers and no locks per user. Three things hold at every moment:
//
//   - useq is gapless per user and cseq per conversation, in commit order.
//   - Outcomes, notices and every read stop at the durable head: nothing that
//     was told can be lost by a power cut.
//   - Each taken item has exactly one outcome, in the order of its connection.
//
// A message for a device with a push token leaves a row in the outbox, in the
// same commit: a push service asks for rows (due.go), asks what they say when
// it is time (resolve.go), and confirms them (confirm.go).
//
// Who may log in: accounts.go checks passwords, redeem.go tokens, external.go the
// word of issuers, resume.go what was proven before. What operators decide is one
// commit (moderation.go), and what it leaves to do is in the store until every
// region has done it (evictions.go).
//
// The package imports msgdef, msgdef/rpc and imservice/store. It never opens a
// socket, never imports gate or route, and never reads a row of the store
// beyond the durable head.
package imservice
