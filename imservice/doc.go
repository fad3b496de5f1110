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
// Whatever changes a conversation is a message of it, so all of that is true of
// changes as well:
//
//	msgdef.ContentGroup         groupact.go says who may do what to a group and what
//	                            comes of it; groupsend.go gives it to all members, and
//	                            its rows to the same commit
//	ContentEdit, ContentRecall, events.go says what becomes of the message that they
//	ContentReaction, ContentPin are about, whose row the same commit replaces
//	ContentLater, ContentLaterOff  later.go keeps what is to be sent later; laters.go
//	                            finds what is due, and laterdue.go sends it
//	ContentKeep                 keep.go says what lifetime new messages of a pair get
//	ContentSetting              settings.go says what becomes of a conversation for one
//	                            user, in whose own stream it is (stream.go)
//	ContentFriend               friends.go says what two users become to each other (bond.go),
//	                            in their pair
//	ContentBlock                blocks.go says the same, in the stream of who decides; what it
//	                            keeps from them, bars.go does
//	ContentProfile              profiles.go says how users show themselves, findpeople.go how
//	                            they are found
//
// A message with a lifetime ends in every read at its time, and is emptied soon
// after: expiry.go, and sweeper.go, whose work joins a commit as an errand.
//
// Members read from their joining on, as groupread.go tells; talks.go lists a
// user's conversations with what is unread and what is set (talkstate.go, unread.go),
// past.go what is pinned in one; search.go looks for a text in all that they may
// read. What a user has deleted or cleared for themself curtain.go
// keeps from them, and covernotice.go from what they are told. The members of a group have a row in
// their inbox for each message while they are at most 200:
//
//	small ──a change makes more members of it──▶ big ──GroupDissolve──▶ none
//	      message, name, a row per member            message, name
//
// The change that makes it big is the last message that all have in their inbox.
// From then on only those whom a change is about have it there, sessions that
// watch the conversation are told (rpc.Topic, watch.go), and devices keep a cursor
// for it. Nothing that is done for a message grows with the members: of a big group
// people are looked up one by one (group.know), and when it is dissolved its own
// row is all that says so (faded.go).
//
// The heads and groups that are kept in memory are right because nobody else
// writes. A store that several services share (store.Shared) is asked instead,
// under its locks, about all that a commit is built on: ground.go.
//
// What was delivered of a pair follows from the cursors of devices: arrived.go, and
// passage.go where much waits, and lookahead.go where clocks were not in order.
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
// Who was online from when to when gates tell (signins.go). A session whose gate died
// has no end that anybody told: it is found when it is asked for.
//
// The package imports msgdef, msgdef/rpc and imservice/store. It never opens a
// socket, never imports gate or route, and never reads a row of the store
// beyond the durable head.
package imservice
