// Package gate is the front door: it accepts connections, exchanges keys, logs
// users in, and carries frames between their devices and a route.
//
// A connection, from accept to close. Only its reader goroutine, of which there
// is one at a time, moves it forward; others make it end, with a last frame
// (finish) or without (end).
//
//	accept ──admission──▶ hello ──▶ login ──▶ opening ──▶ open ──▶ finishing ──▶ closed
//	            │           │         │          │          │          ▲           ▲
//	            │           │         │          └──────────┴──finish──┘           │
//	            └─refusal───┴─refusal─┴─Error──────────────────────────────end─────┘
//
//	hello      the handshake packets, in the clear; first byte within 2 s
//	login      one Login frame under the login keys, all of it within 5 s
//	opening    registered at the route: frames for it gather, none is written
//	open       LoginOK was written; frames flow under the session keys
//	finishing  a last frame waits to be written, or was; input is discarded
//	closed     writer and reader are gone, the route is told, the cursor saved
//
// A client with a ticket skips login: LoginOK answers its first packet, and its
// first record takes it to opening. Until that opens nothing has happened, since
// anybody may repeat the packet (resume.go; tickets.go gives tickets out). Both
// ways take effect in entrant.go.
//
// What frames go through. Between the edges everything is binary; a connection
// that speaks binary has no edge.
//
//	record ─▶ open ─▶ edge ─▶ dispatch ─┬─▶ batch of sends, batchers, pulls ─▶ route
//	                                    └─▶ lane ─▶ Route.Forward ─▶ service
//	                                                     │ answers
//	record ◀─ seal ◀─ edge ◀─ flusher ◀─ outbox ◀────────┴── Deliver, Push, Sent ◀─ route
//
// Up, the reader goroutine reads what is there, opens records in place, and
// decodes frames as aliases of the read buffer; sends of one read go to the
// route in one call (intake.go, session.go, turn.go). Pings, reads and cursors
// go through natural batchers (batcher.go, pulse.go). Frames of applications, of
// types 0x8000 and above, are not looked into: they are copied to lanes, so that
// a service that hangs holds up no reader (application.go, lanes.go).
//
// Down, whoever has a frame for a connection appends it to its outbox and puts
// the connection on the list of a flusher, which seals everything that gathered
// and writes once without waiting, for many connections in one call where the
// transport can (delivery.go, outbox.go, flusher.go, lot.go). What blocks gets a
// goroutine until it is drained (drain.go).
//
// What may take long delays nothing else of its connection: counts of a group's
// members online have a goroutine while there are any (presencecount.go).
//
// Inside TLS, as over QUIC, keys come from TLS (handshake.go), and pulls are
// answered by another goroutine on a stream of their own (bulk.go), so that
// history delays nothing. Everything else is the same.
//
// A connection that speaks another codec than binary is transcoded at its edge:
// after a record is opened, and before one is sealed (edge.go). Answers of many
// items are measured as they will be written, so that they fit (pages.go).
//
// Idle. A session at rest has no goroutine where the transport tells when there
// is something to read (transport.Eventful): its reader ends, and begins again.
// Elsewhere one that is quiet waits in a goroutine of the smallest stack. Ciphers
// are dropped after use until there is more to read twice within Times.Park, so
// that one which only beats holds none (session.go). There is no timer: the sweep
// looks at all (sweep.go). What a session costs, idle_test.go holds.
//
// Buffers. A read buffer belongs to the reader from ReadPooled until everything
// in it was handled; frames, and the bodies in a batch of sends, alias it, and
// the route's Send returns before it is used again. An outbox owns the frames
// that wait in it; taking them hands them to the writer, who gives them back to
// the pool. A Sealer is used by the one who owns the outbox's writing flag, an
// Opener by the reader.
//
// Big groups. A message of one comes once for all sessions that watch it, is encoded
// once for each codec, and copied to them (audience.go, copies.go). Who watches has
// been a member as of a change of the group, and each message names the change
// before it, so that a gate which has missed one stops and asks (doubt.go). The
// routes know which groups are watched here before anybody is told where a group
// ends (watch.go).
//
// What may be lost. A gate keeps nothing durable. Notifies and receipts that a
// slow connection does not take collapse into one Head, and one ConvHead for each
// big group, and the client pulls.
// Outcomes of sends stay, up to the bytes that may wait; beyond that they are
// dropped, and an SDK that misses an acknowledgement sends again under the same
// counter and gets the same one. Answers to requests are never dropped: while
// many wait, the reader stops serving further requests. A frame of an application
// goes to the route once and is never repeated; when its answers find no room, an
// Error stands for them, and what a service pushes to a slow connection is dropped.
//
// It may import msgdef and its folders, and gate/transport. It must never
// import route or imservice, open a store, or decide what a message means.
package gate
